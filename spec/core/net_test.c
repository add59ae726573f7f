/* HTTP at the edge, on real sockets: what comes in, what goes out, what is refused, and how a run
 * begins and ends. */
#include "support/edge.h"
#include "core/net/http_date.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FILES 3000 /* that a process may have */

static struct edge edge;

static int start(void **state)
{
    edge_start(&edge, NULL);
    return edge.port ? 0 : -1;
}

/* The last test, for cmocka does not count what fails in a group's teardown; and here a sanitizer
 * tells of all that leaked. */
static void test_end(void **state)
{
    edge_stop(&edge, 8);
}

static void expect_get(const char *line, const char *headers, unsigned status, const char *body)
{
    struct edge_reply r;
    edge_get(&edge, line, headers, &r);
    assert_int_equal(r.status, status);
    if (body)
        assert_string_equal(r.body.ptr, body);
    edge_reply_dispose(&r);
}

/* --- requests --- */

static void test_request(void **state)
{
    expect_get("GET /a%20b/%C3%A9+c?x=%31&y=+", "X-Odd: 1\r\nx-other:  two \r\n", 200,
               "GET /a b/\xc3\xa9+c ?x=%31&y=+ from 127.0.0.1\nHost=h\nConnection=close\n"
               "X-Odd=1\nx-other=two\nbody ");
}

static void test_methods(void **state)
{
    static const char *const methods[] = {"GET",    "POST",    "PUT",     "PATCH",
                                          "DELETE", "OPTIONS", "PROPFIND"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
        char line[32], want[96];
        snprintf(line, sizeof(line), "%s /m", methods[i]);
        snprintf(want, sizeof(want), "%s /m ? from 127.0.0.1\nHost=h\nConnection=close\nbody ",
                 methods[i]);
        expect_get(line, "", 200, want);
    }
}

static void test_head_request(void **state)
{
    struct edge_reply r;
    edge_get(&edge, "HEAD /big?1000", "", &r);
    assert_int_equal(r.status, 200);
    assert_true(slice_equal(edge_reply_header(&r, "content-length"), SLICE("1000")));
    assert_int_equal(edge_reply_header(&r, "date").len, 29);
    edge_reply_dispose(&r);
}

static void test_pipelining(void **state)
{
    struct edge_reply r;
    int fd = edge_connect(&edge);
    edge_text(fd, "GET /later?60 HTTP/1.1\r\nHost: 1\r\n\r\n"
                  "POST / HTTP/1.1\r\nHost: 2\r\nContent-Length: 3\r\n\r\nabc"
                  "GET /later?20 HTTP/1.1\r\nHost: 3\r\n\r\nGET /");
    usleep(20000);
    edge_text(fd, "last HTTP/1.1\r\nHost: 4\r\nConnection: close\r\n\r\n");
    static const char *const wants[] = {"\nHost=1\n", "\nHost=2\n", "\nHost=3\n", "\nHost=4\n"};
    for (size_t i = 0; i < 4; i++) {
        edge_reply(fd, &r, false);
        assert_non_null(strstr(r.body.ptr, wants[i]));
        edge_reply_dispose(&r);
    }
    edge_expect_end(fd);
}

/* More requests at once than a stack would hold if each answer began the next. */
static void test_pipelining_deep(void **state)
{
    enum { COUNT = 5000 };
    struct buf text = BUF_INIT, all = BUF_INIT;
    int fd = edge_connect(&edge);
    for (int i = 0; i < COUNT; i++)
        buf_append_str(&text, "GET /big?1 HTTP/1.1\r\nHost: h\r\n\r\n");
    buf_append_str(&text, "GET /big?1 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    edge_send(fd, text.ptr, text.len);
    edge_read_all(fd, &all);
    buf_append_char(&all, 0);
    int answers = 0;
    for (const char *at = all.ptr; (at = strstr(at, "HTTP/1.1 200")) != NULL; at++)
        answers++;
    assert_int_equal(answers, COUNT + 1);
    buf_dispose(&text);
    buf_dispose(&all);
    close(fd);
}

static unsigned reply_number(int fd)
{
    struct edge_reply r;
    edge_reply(fd, &r, false);
    assert_int_equal(r.status, 200);
    unsigned number = (unsigned)strtoul(r.body.ptr, NULL, 10);
    edge_reply_dispose(&r);
    return number;
}

/* Asks for that many times 10 ms of work at once, and waits for the first answer. */
static int pipeline_work(unsigned count, unsigned *out_first)
{
    struct buf text = BUF_INIT;
    int fd = edge_connect(&edge);
    for (unsigned i = 0; i < count; i++)
        buf_append_str(&text, "GET /work?10 HTTP/1.1\r\nHost: h\r\n\r\n");
    edge_send(fd, text.ptr, text.len);
    buf_dispose(&text);
    *out_first = reply_number(fd);
    return fd;
}

static unsigned worked(int fd)
{
    edge_text(fd, "GET /worked HTTP/1.1\r\nHost: h\r\n\r\n");
    return reply_number(fd);
}

/* The requests come at once; the work that they make is not done at once. */
static void test_pipelining_does_not_take_every_turn(void **state)
{
    enum { COUNT = 200 };
    unsigned first;
    int other = edge_connect(&edge);
    worked(other); /* it is accepted */
    int fd = pipeline_work(COUNT, &first);
    assert_true(worked(other) < first + COUNT / 2);
    for (unsigned i = 1; i < COUNT; i++)
        assert_int_equal(reply_number(fd), first + i);
    assert_int_equal(worked(fd), first + COUNT - 1);
    close(fd);
    close(other);
}

/* A client that leaves takes along what it has asked for and not got. */
static void test_pipelining_client_leaves(void **state)
{
    enum { COUNT = 200 };
    struct linger reset = {.l_onoff = 1};
    unsigned first;
    int other = edge_connect(&edge), fd = pipeline_work(COUNT, &first);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    close(fd);
    unsigned before = worked(other);
    usleep(100000);
    assert_int_equal(worked(other), before);
    assert_true(before < first + COUNT / 2);
    close(other);
}

static void test_chunked(void **state)
{
    static const char text[] = "POST /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                               "Transfer-Encoding: chunked\r\n\r\n"
                               "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n";
    struct edge_reply r;
    int fd = edge_connect(&edge);
    for (size_t i = 0; text[i]; i++) {
        edge_send(fd, text + i, 1);
        if (i % 16 == 0)
            usleep(1000);
    }
    edge_reply(fd, &r, false);
    assert_non_null(strstr(r.body.ptr, "body abcde"));
    edge_reply_dispose(&r);
    edge_expect_end(fd);
}

static void test_expect_continue(void **state)
{
    struct edge_reply r;
    int fd = edge_connect(&edge);
    edge_text(fd, "POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n"
                  "Content-Length: 3\r\n\r\n");
    edge_reply(fd, &r, true);
    assert_int_equal(r.status, 100);
    edge_reply_dispose(&r);
    edge_text(fd, "abc");
    edge_reply(fd, &r, false);
    assert_int_equal(r.status, 200);
    assert_non_null(strstr(r.body.ptr, "body abc"));
    edge_reply_dispose(&r);
    close(fd);
}

static void test_upload(void **state)
{
    enum { BYTES = 3000000 };
    struct edge_reply r;
    char *bytes = malloc(BYTES), head[128];
    int fd = edge_connect(&edge);
    for (size_t i = 0; i < BYTES; i++)
        bytes[i] = (char)('a' + i % 23);
    snprintf(head, sizeof(head), "PUT /upload HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n",
             BYTES);
    edge_text(fd, head);
    edge_send(fd, bytes, BYTES);
    edge_reply(fd, &r, false);
    assert_int_equal(r.status, 200);
    assert_true(r.body.len > BYTES);
    assert_memory_equal(r.body.ptr + r.body.len - BYTES, bytes, BYTES);
    edge_reply_dispose(&r);
    free(bytes);
    close(fd);
}

/* The answer comes, although the client is still sending what nobody reads. */
static void test_body_too_large(void **state)
{
    struct edge_reply r;
    struct buf body = BUF_INIT;
    int fd = edge_connect(&edge);
    edge_text(fd, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n");
    edge_reply(fd, &r, false);
    assert_non_null(strstr(r.body.ptr, "too large"));
    assert_true(slice_equal(edge_reply_header(&r, "connection"), SLICE("close")));
    edge_reply_dispose(&r);
    edge_expect_end(fd);

    fd = edge_connect(&edge);
    buf_append_str(&body, "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 200; i++)
        buf_append_str(&body, "8\r\n01234567\r\n");
    edge_send(fd, body.ptr, body.len);
    edge_reply(fd, &r, false);
    assert_non_null(strstr(r.body.ptr, "too large"));
    edge_reply_dispose(&r);
    buf_dispose(&body);
    edge_expect_end(fd);
}

/* --- responses --- */

static void test_later(void **state)
{
    expect_get("GET /later?30", "", 200, NULL);
}

static void test_client_leaves(void **state)
{
    struct linger reset = {.l_onoff = 1};
    int fds[3];
    for (int i = 0; i < 3; i++) {
        fds[i] = edge_connect(&edge);
        edge_text(fds[i], "GET /waits HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    usleep(30000);
    setsockopt(fds[0], SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    close(fds[0]);
    close(fds[1]);
    usleep(30000);
    expect_get("GET /left", "", 200, "2");
    /* The third is still there when the server ends. */
}

static void test_bad_responses(void **state)
{
    expect_get("GET /crlf", "", 500, "Internal Server Error");
    edge_logged(&edge, "the response to /crlf cannot be sent: a line break or control character in "
                       "its value, header X-Bad");
    expect_get("GET /fat", "", 500, "Internal Server Error");
    edge_logged(&edge, "headers of more than 64 KiB");
    expect_get("GET /status", "", 500, "Internal Server Error");
    edge_logged(&edge, "a status outside 200 to 599");
}

static void test_large_header(void **state)
{
    struct edge_reply r;
    edge_get(&edge, "GET /cookie", "", &r);
    assert_int_equal(r.status, 200);
    assert_int_equal(edge_reply_header(&r, "set-cookie").len, 40000);
    edge_reply_dispose(&r);
}

/* Reads slowly enough that the kernel's buffers fill, and finds every byte where it belongs. */
static void read_letters_slowly(int fd, size_t len)
{
    char piece[30000];
    size_t at = 0;
    for (int i = 0; at < len; i++) {
        size_t want = len - at < sizeof(piece) ? len - at : sizeof(piece);
        if (i < 20)
            usleep(5000);
        edge_read(fd, piece, want);
        for (size_t j = 0; j < want; j++, at++) {
            if (piece[j] != (char)('a' + at % 26))
                fail_msg("byte %zu is wrong", at);
        }
    }
}

static void test_slow_reader(void **state)
{
    struct edge_reply r;
    int small = 65536, fd = edge_connect(&edge);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    edge_text(fd, "GET /big?20000000 HTTP/1.1\r\nHost: h\r\n\r\n"
                  "GET /big?7 HTTP/1.1\r\nHost: h\r\n\r\n");
    usleep(100000);
    edge_reply(fd, &r, true);
    read_letters_slowly(fd, 20000000);
    edge_reply_dispose(&r);
    edge_reply(fd, &r, false);
    assert_string_equal(r.body.ptr, "abcdefg");
    edge_reply_dispose(&r);
    close(fd);
}

static void test_file_to_slow_reader(void **state)
{
    enum { BYTES = 12000000 };
    struct edge_reply r;
    char *bytes = malloc(BYTES);
    int small = 65536, fd = edge_connect(&edge);
    for (size_t i = 0; i < BYTES; i++)
        bytes[i] = (char)('a' + i % 26);
    edge_file(&edge, "big.bin", slice_make(bytes, BYTES));
    free(bytes);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    edge_text(fd, "GET /files/big.bin HTTP/1.1\r\nHost: h\r\n\r\n");
    edge_reply(fd, &r, true);
    assert_int_equal(r.status, 200);
    assert_true(slice_equal(edge_reply_header(&r, "content-length"), SLICE("12000000")));
    assert_true(slice_equal(edge_reply_header(&r, "x-extra"), SLICE("yes")));
    read_letters_slowly(fd, BYTES);
    edge_reply_dispose(&r);
    close(fd);
}

/* What comes behind a file finds its line free. */
static void test_files_in_a_row(void **state)
{
    struct edge_reply r;
    int64_t unix_s;
    int fd = edge_connect(&edge);
    edge_file(&edge, "small", SLICE("bytes"));
    for (int i = 0; i < 3; i++) {
        edge_text(fd, i == 1 ? "HEAD /files/small HTTP/1.1\r\nHost: h\r\n\r\n"
                             : "GET /files/small HTTP/1.1\r\nHost: h\r\n\r\n");
        edge_reply(fd, &r, i == 1);
        assert_int_equal(r.status, 200);
        assert_true(slice_equal(buf_slice(&r.body), i == 1 ? SLICE("") : SLICE("bytes")));
        assert_true(http_date_parse(edge_reply_header(&r, "date"), &unix_s));
        assert_in_range(time(NULL) - unix_s, 0, 5);
        edge_reply_dispose(&r);
    }
    close(fd);
}

/* A file that shrinks while it is sent cannot be completed: the client must not take it for whole.
 */
static void test_file_shrinks(void **state)
{
    char path[128], piece[8192];
    struct edge_reply r;
    int small = 65536, fd = edge_connect(&edge);
    ssize_t n;
    size_t total = 0;
    snprintf(path, sizeof(path), "%s/shrinks", edge.folder);
    edge_file(&edge, "shrinks", SLICE("x"));
    assert_int_equal(truncate(path, 20000000), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    edge_text(fd, "GET /files/shrinks HTTP/1.1\r\nHost: h\r\n\r\n");
    edge_reply(fd, &r, true);
    edge_reply_dispose(&r);
    usleep(50000);
    assert_int_equal(truncate(path, 10), 0);
    while ((n = recv(fd, piece, sizeof(piece), 0)) > 0)
        total += (size_t)n;
    assert_true(total < 20000000);
    edge_logged(&edge, "a file could not be read to its end");
    close(fd);
}

/* --- refusals --- */

static void refused(const char *text, unsigned status)
{
    struct edge_reply r;
    int fd = edge_connect(&edge);
    edge_text(fd, text);
    edge_reply(fd, &r, false);
    if (r.status != status)
        fail_msg("%.40s: %u, not %u", text, r.status, status);
    edge_reply_dispose(&r);
    edge_expect_end(fd);
}

static void test_refusals(void **state)
{
    struct buf large = BUF_INIT;
    refused("garbage\r\n\r\n", 400);
    refused("\x16\x03\x01\x02\r\n\r\n", 400);
    refused("GET / HTTP/1.1\r\n\r\n", 400);
    refused("GET /%00 HTTP/1.1\r\nHost: h\r\n\r\n", 400);
    refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505);
    refused("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501);
    refused("POST / HTTP/1.1\r\nHost: h\r\nExpect: wonders\r\n\r\n", 417);
    refused("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400);
    buf_append_str(&large, "GET / HTTP/1.1\r\nHost: h\r\nX: ");
    for (int i = 0; i < 33000; i++)
        buf_append_char(&large, 'x');
    buf_append_char(&large, 0);
    refused(large.ptr, 431);
    large.len--;
    buf_append_str(&large, "\r\n\r\n");
    buf_append_char(&large, 0);
    refused(large.ptr, 431);
    buf_dispose(&large);
    edge_logged(&edge, "refused a request from 127.0.0.1: 400 Bad Request");
}

static void test_websocket_refusals(void **state)
{
    static const char upgrade[] = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
    static const char key[] = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                              "Sec-WebSocket-Version: 8\r\n";
    expect_get("GET /engine.io/?EIO=4&transport=abc", upgrade, 400,
               "{\"code\":0,\"message\":\"Transport unknown\"}");
    expect_get("GET /engine.io/?EIO=4&transport=websocket&sid=x", upgrade, 400,
               "{\"code\":1,\"message\":\"Session ID unknown\"}");
    expect_get("GET /engine.io/?EIO=4&transport=websocket", key, 426,
               "Sec-WebSocket-Version must be 13");
    expect_get("GET /engine.io/?EIO=4&transport=websocket", "", 400,
               "{\"code\":3,\"message\":\"Bad request\"}");
    expect_get("GET /elsewhere", upgrade, 200, NULL);
}

/* --- begin and end --- */

static void test_start_errors(void **state)
{
    struct edge other;
    char options[64];
    snprintf(options, sizeof(options), "port=%d", edge.port);
    edge_start(&other, options);
    assert_int_equal(other.port, 0);
    buf_append_char(&other.error, 0);
    assert_non_null(strstr(other.error.ptr, "the port is taken by another program"));
    assert_non_null(strstr(other.error.ptr, "127.0.0.1:"));
    edge_wait(&other, 5);

    edge_start(&other, "host=203.0.113.1");
    buf_append_char(&other.error, 0);
    assert_non_null(strstr(other.error.ptr, "this machine has no such address"));
    edge_wait(&other, 5);

    edge_start(&other, "host=no.such.host.invalid");
    buf_append_char(&other.error, 0);
    assert_non_null(strstr(other.error.ptr, "cannot listen on host \"no.such.host.invalid\""));
    edge_wait(&other, 5);

    edge_start(&other, "tls_cert=/nowhere.pem\ntls_key=/nowhere.pem");
    buf_append_char(&other.error, 0);
    assert_non_null(strstr(other.error.ptr, "cannot read tls_cert \"/nowhere.pem\""));
    edge_wait(&other, 5);

    edge_start(&other, "tls_cert=/etc/passwd\ntls_key=/etc/passwd");
    buf_append_char(&other.error, 0);
    assert_non_null(strstr(other.error.ptr, "must be a certificate chain and its private key"));
    edge_wait(&other, 5);
}

/* What a server of so many clients may have, and whether it is said to be too little. */
static void expect_files(const char *option, rlim_t files, const char *warning)
{
    struct edge other;
    struct rlimit got;
    edge_start(&other, option);
    assert_int_equal(prlimit(other.pid, RLIMIT_NOFILE, NULL, &got), 0);
    assert_int_equal(got.rlim_cur, files);
    if (warning)
        edge_logged(&other, warning);
    edge_logged(&other, "listening on"); /* it hears signals by now */
    edge_stop(&other, 2);
}

/* Two descriptors for each client and 1,024 more, as far as the system allows: each costs. */
static void test_file_limit(void **state)
{
    expect_files("max_clients=100", 1224, NULL);
    expect_files("max_clients=2900", FILES, NULL);
    expect_files("max_clients=3000", FILES,
                 "max_clients is 3000, but the process may have only 3000 open files");
}

static void test_stop_lets_responses_end(void **state)
{
    struct edge other;
    struct edge_reply r;
    edge_start(&other, NULL);
    int idle = edge_connect(&other), waits = edge_connect(&other);
    edge_text(waits, "GET /later?300 HTTP/1.1\r\nHost: h\r\n\r\n");
    usleep(50000);
    kill(other.pid, SIGTERM);
    edge_reply(waits, &r, false);
    assert_int_equal(r.status, 200);
    assert_true(slice_equal(edge_reply_header(&r, "connection"), SLICE("close")));
    edge_reply_dispose(&r);
    edge_expect_end(waits);
    edge_expect_end(idle);
    edge_wait(&other, 3);
}

/* For every server of these tests, whatever the system that they run on. */
static bool limit_files(void)
{
    const struct rlimit files = {FILES, FILES};
    return setrlimit(RLIMIT_NOFILE, &files) == 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_head_request),
        cmocka_unit_test(test_pipelining),
        cmocka_unit_test(test_pipelining_deep),
        cmocka_unit_test(test_pipelining_does_not_take_every_turn),
        cmocka_unit_test(test_pipelining_client_leaves),
        cmocka_unit_test(test_chunked),
        cmocka_unit_test(test_expect_continue),
        cmocka_unit_test(test_upload),
        cmocka_unit_test(test_body_too_large),
        cmocka_unit_test(test_later),
        cmocka_unit_test(test_client_leaves),
        cmocka_unit_test(test_bad_responses),
        cmocka_unit_test(test_large_header),
        cmocka_unit_test(test_slow_reader),
        cmocka_unit_test(test_file_to_slow_reader),
        cmocka_unit_test(test_files_in_a_row),
        cmocka_unit_test(test_file_shrinks),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_websocket_refusals),
        cmocka_unit_test(test_start_errors),
        cmocka_unit_test(test_file_limit),
        cmocka_unit_test(test_stop_lets_responses_end),
        cmocka_unit_test(test_end),
    };
    if (!limit_files())
        return 1;
    return cmocka_run_group_tests(tests, start, NULL);
}
