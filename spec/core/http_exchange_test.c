/* Exchanges: one response, one word about a requester who left, a source closed whatever happens.
 */
#include "core/server/http_exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* An exchange whose network is this struct. */
struct probe {
    struct http_exchange x;
    int responses, destroyed, gone, closed;
    unsigned status;
    char text[256]; /* headers and body of the response */
    struct http_response answer_when_gone;
    bool answers_when_gone;
};

static void on_respond(struct http_exchange *x, const struct http_response *response)
{
    struct probe *p = (struct probe *)x;
    size_t at = 0;
    p->responses++;
    p->status = response->status;
    for (size_t i = 0; i < response->header_count; i++)
        at += (size_t)snprintf(p->text + at, sizeof(p->text) - at, "%.*s: %.*s\n",
                               SLICE_ARG(response->headers[i].name),
                               SLICE_ARG(response->headers[i].value));
    snprintf(p->text + at, sizeof(p->text) - at, "%.*s", SLICE_ARG(response->body));
    if (response->source) /* the network side sends it, and is done */
        response->source->close(response->source->ud);
}

static void on_destroy(struct http_exchange *x)
{
    ((struct probe *)x)->destroyed++;
}

static const struct http_exchange_ops ops = {on_respond, on_destroy};

static void on_gone(void *ud)
{
    struct probe *p = ud;
    p->gone++;
    assert_false(http_exchange_open(&p->x));
    if (p->answers_when_gone)
        http_exchange_respond(&p->x, &p->answer_when_gone);
}

static void on_close(void *ud)
{
    ((struct probe *)ud)->closed++;
}

static struct probe *make_probe(void)
{
    struct probe *p = calloc(1, sizeof(*p));
    http_exchange_init(&p->x, &ops, NULL);
    p->x.on_gone = on_gone;
    p->x.on_gone_ud = p;
    assert_true(http_exchange_open(&p->x));
    return p;
}

static void end_probe(struct probe *p)
{
    assert_int_equal(p->destroyed, 0);
    http_exchange_unref(&p->x);
    assert_int_equal(p->destroyed, 1);
    free(p);
}

static void respond_source(struct probe *p)
{
    struct http_source source = {.ud = p, .len = 5, .close = on_close};
    struct http_response response = {.status = 200, .source = &source};
    http_exchange_respond(&p->x, &response);
}

static void test_one_response(void **state)
{
    struct probe *p = make_probe();
    http_exchange_respond_text(&p->x, 404, "text/plain", SLICE("nobody here"));
    assert_int_equal(p->responses, 1);
    assert_int_equal(p->status, 404);
    assert_string_equal(p->text, "Content-Type: text/plain\nnobody here");
    assert_false(http_exchange_open(&p->x));
    http_exchange_respond_text(&p->x, 200, "text/plain", SLICE("again"));
    assert_int_equal(p->responses, 1);
    assert_int_equal(p->status, 404);
    end_probe(p);
}

static void test_leaving_is_told_once(void **state)
{
    struct probe *p = make_probe();
    http_exchange_gone(&p->x);
    http_exchange_gone(&p->x);
    assert_int_equal(p->gone, 1);
    assert_false(http_exchange_open(&p->x));
    http_exchange_respond_text(&p->x, 200, "text/plain", SLICE("late"));
    assert_int_equal(p->responses, 0);
    end_probe(p);
}

static void test_leaving_after_the_response_is_not_told(void **state)
{
    struct probe *p = make_probe();
    http_exchange_respond_text(&p->x, 200, "text/plain", SLICE("ok"));
    p->x.on_gone = on_gone; /* too late to wait for anything */
    http_exchange_gone(&p->x);
    assert_int_equal(p->gone, 0);
    end_probe(p);
}

static void test_leaving_when_nobody_waits(void **state)
{
    struct probe *p = make_probe();
    p->x.on_gone = NULL;
    http_exchange_gone(&p->x);
    assert_false(http_exchange_open(&p->x));
    end_probe(p);
}

static void test_a_response_from_within_on_gone_is_dropped(void **state)
{
    struct probe *p = make_probe();
    p->answers_when_gone = true;
    p->answer_when_gone.status = 200;
    http_exchange_gone(&p->x);
    assert_int_equal(p->gone, 1);
    assert_int_equal(p->responses, 0);
    end_probe(p);
}

static void test_a_source_is_closed_once_whatever_happens(void **state)
{
    struct probe *sent = make_probe();
    respond_source(sent);
    assert_int_equal(sent->responses, 1);
    assert_int_equal(sent->closed, 1); /* by the network side */
    respond_source(sent);
    assert_int_equal(sent->responses, 1);
    assert_int_equal(sent->closed, 2); /* the second one was dropped, and closed */
    end_probe(sent);

    struct probe *gone = make_probe();
    http_exchange_gone(&gone->x);
    respond_source(gone);
    assert_int_equal(gone->responses, 0);
    assert_int_equal(gone->closed, 1);
    end_probe(gone);
}

static void test_references(void **state)
{
    struct probe *p = make_probe();
    http_exchange_ref(&p->x);
    http_exchange_ref(&p->x);
    http_exchange_unref(&p->x);
    http_exchange_unref(&p->x);
    end_probe(p);
}

static const struct {
    unsigned status;
    const char *text;
} texts[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {206, "Partial Content"},
    {304, "Not Modified"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {405, "Method Not Allowed"},
    {413, "Content Too Large"},
    {416, "Range Not Satisfiable"},
    {418, "I'm a teapot"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {505, "HTTP Version Not Supported"},
    {511, "Network Authentication Required"},
    {0, "Unknown"},
    {299, "Unknown"},
    {599, "Unknown"},
};

static void test_status_texts(void **state)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        assert_string_equal(http_status_text(texts[i].status), texts[i].text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_response),
        cmocka_unit_test(test_leaving_is_told_once),
        cmocka_unit_test(test_leaving_after_the_response_is_not_told),
        cmocka_unit_test(test_leaving_when_nobody_waits),
        cmocka_unit_test(test_a_response_from_within_on_gone_is_dropped),
        cmocka_unit_test(test_a_source_is_closed_once_whatever_happens),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_status_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
