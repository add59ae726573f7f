/* The router: rules and paths side by side, as Flask answers them; and every malformed rule. */
#include "core/server/http_router.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

struct table {
    struct http_router *router;
    int count;
};

static int setup(void **state)
{
    struct table *t = calloc(1, sizeof(*t));
    t->router = http_router_create();
    *state = t;
    return 0;
}

static int teardown(void **state)
{
    struct table *t = *state;
    http_router_destroy(t->router);
    free(t);
    return 0;
}

/* Adds a rule, as route 0, 1, 2, … */
static void add(struct table *t, const char *rule, const char *methods)
{
    struct buf error = BUF_INIT;
    if (!http_router_add(t->router, slice_str(rule), slice_str(methods), t->count++, &error))
        fail_msg("%s: %.*s", rule, SLICE_ARG(buf_slice(&error)));
    buf_dispose(&error);
}

/* The answer as text: "ROUTE name=text …", "404", "405 ALLOW", "options ALLOW", "slash",
 * "merged". */
static void put_answer(struct table *t, const char *method, const char *path, struct buf *out)
{
    static const char *const kinds[] = {
        [HTTP_FOUND] = "",
        [HTTP_FOUND_NOT] = "404",
        [HTTP_FOUND_METHOD] = "405 ",
        [HTTP_FOUND_OPTIONS] = "options ",
        [HTTP_FOUND_REDIRECT_SLASH] = "slash",
        [HTTP_FOUND_REDIRECT_MERGED] = "merged",
    };
    struct http_match match;
    struct buf allow = BUF_INIT;
    buf_append_str(&allow, "before");
    enum http_found found =
        http_router_find(t->router, slice_str(method), slice_str(path), &match, &allow);
    buf_append_str(out, kinds[found]);
    buf_append_slice(out, slice_skip(buf_slice(&allow), strlen("before")));
    buf_dispose(&allow);
    if (found != HTTP_FOUND)
        return;
    buf_printf(out, "%d", match.route);
    for (size_t i = 0; i < match.capture_count; i++)
        buf_printf(out, " %.*s=%.*s", SLICE_ARG(match.captures[i].name),
                   SLICE_ARG(match.captures[i].text));
}

static void expect(struct table *t, const char *method, const char *path, const char *wanted)
{
    struct buf answer = BUF_INIT;
    put_answer(t, method, path, &answer);
    if (!slice_equal(buf_slice(&answer), slice_str(wanted)))
        fail_msg("%s %s: got \"%.*s\", not \"%s\"", method, path, SLICE_ARG(buf_slice(&answer)),
                 wanted);
    buf_dispose(&answer);
}

/* One rule against one path, on a router of its own. */
static const struct {
    const char *rule, *path, *wanted;
} pairs[] = {
    {"/", "/", "0"},
    {"/", "", "404"},
    {"/", "x", "404"},
    {"/a", "a", "404"},
    {"/", "*", "404"},
    {"/", "/a", "404"},
    {"/a", "/a", "0"},
    {"/a", "/A", "404"},
    {"/a", "/a/", "404"},
    {"/a", "/a/b", "404"},
    {"/a", "/", "404"},
    {"/a/", "/a/", "0"},
    {"/a/", "/a", "slash"},
    {"/a/", "/a/b", "404"},
    {"/a/b.txt", "/a/b.txt", "0"},
    {"/a/b.txt", "/a/bxtxt", "404"},
    {"/caf\xc3\xa9", "/caf\xc3\xa9", "0"},
    /* string */
    {"/user/<name>", "/user/ann", "0 name=ann"},
    {"/user/<string:name>", "/user/ann", "0 name=ann"},
    {"/user/<name>", "/user/a b%c", "0 name=a b%c"},
    {"/user/<name>", "/user/", "404"},
    {"/user/<name>", "/user", "404"},
    {"/user/<name>", "/user/ann/", "404"},
    {"/user/<name>", "/user/ann/x", "404"},
    {"/user/<name>/", "/user/ann", "slash"},
    {"/user/<name>/", "/user/ann/", "0 name=ann"},
    {"/<a>/<b>", "/x/y", "0 a=x b=y"},
    {"/<a>/x/<b>", "/1/x/2", "0 a=1 b=2"},
    {"/<_a9>", "/x", "0 _a9=x"},
    /* int and float */
    {"/<int:id>", "/7", "0 id=7"},
    {"/<int:id>", "/007", "0 id=007"},
    {"/<int:id>", "/-7", "404"},
    {"/<int:id>", "/7a", "404"},
    {"/<int:id>", "/7.0", "404"},
    {"/<int:id>", "/", "404"},
    {"/<float:x>", "/1.5", "0 x=1.5"},
    {"/<float:x>", "/1", "404"},
    {"/<float:x>", "/1.", "404"},
    {"/<float:x>", "/.5", "404"},
    {"/<float:x>", "/1.5.2", "404"},
    {"/<float:x>", "/-1.5", "404"},
    /* several in a segment */
    {"/<a>-<b>", "/x-y", "0 a=x b=y"},
    {"/<a>-<b>", "/x-y-z", "0 a=x-y b=z"},
    {"/<a>-<b>", "/x-", "404"},
    {"/<a>-<b>", "/-y", "404"},
    {"/<a>-<int:b>", "/x-y-3", "0 a=x-y b=3"},
    {"/<int:a>-<b>", "/1-2-3", "0 a=1 b=2-3"},
    {"/<a><int:b>", "/ab12", "0 a=ab1 b=2"},
    {"/<float:a>x<float:b>", "/1.5x2.5", "0 a=1.5 b=2.5"},
    {"/v<int:major>.<int:minor>", "/v1.20", "0 major=1 minor=20"},
    {"/<name>.html", "/index.html", "0 name=index"},
    {"/<name>.html", "/.html", "404"},
    {"/@<name>", "/@ann", "0 name=ann"},
    {"/@<name>", "/ann", "404"},
    /* path */
    {"/files/<path:rest>", "/files/a", "0 rest=a"},
    {"/files/<path:rest>", "/files/a/b/c.txt", "0 rest=a/b/c.txt"},
    {"/files/<path:rest>", "/files/a/", "0 rest=a/"},
    {"/files/<path:rest>", "/files/", "404"},
    {"/files/<path:rest>", "/files", "404"},
    {"/files/<path:rest>/", "/files/a/b", "slash"},
    {"/files/<path:rest>/", "/files/a/b/", "0 rest=a/b"},
    {"/files/<path:rest>/", "/files/a//", "merged"},
    {"/<path:rest>.d/", "/a/b.d/", "0 rest=a/b"},
    {"/<path:rest>.d/", "/a/b.d", "slash"},
    {"/<path:rest>.d/", "/a/b/", "404"},
    {"/files/<path:rest>", "/files//a", "merged"},
    {"/x<path:rest>", "/x/a", "404"},
    {"/files/<path:rest>/edit", "/files/a/b/edit", "0 rest=a/b"},
    {"/files/<path:rest>/edit", "/files/edit", "404"},
    {"/files/<path:rest>/edit", "/files/edit/edit/edit", "0 rest=edit/edit"},
    {"/<path:a>/x/<path:b>", "/1/x/2/x/3", "0 a=1 b=2/x/3"},
    {"/<path:a>/<b>", "/1/2/3", "0 a=1/2 b=3"},
    {"/<path:a>.<b>", "/d.e/f.g", "0 a=d.e/f b=g"},
    /* runs of slashes */
    {"/a/b", "//a/b", "0"},
    {"/a/b", "/a//b", "merged"},
    {"/a/b/", "/a//b", "merged"},
    {"/a/b", "/a/b//", "404"},
    {"/a//b", "/a/b", "0"},
    {"/<path:p>", "/a//b", "0 p=a//b"},
    {"/a/<b>", "/a//b", "merged"},
    {"/", "///", "0"},
};

static void test_one_rule(void **state)
{
    for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
        struct table t = {.router = http_router_create()};
        add(&t, pairs[i].rule, "GET");
        expect(&t, "GET", pairs[i].path, pairs[i].wanted);
        http_router_destroy(t.router);
    }
}

static void test_the_most_specific_rule_wins(void **state)
{
    struct table *t = *state;
    add(t, "/<path:p>", "GET");
    add(t, "/<name>", "GET");
    add(t, "/<float:x>", "GET");
    add(t, "/<int:n>", "GET");
    add(t, "/about", "GET");
    add(t, "/a<name>", "GET");
    add(t, "/ab<name>", "GET");
    add(t, "/a<x>-<y>", "GET");
    expect(t, "GET", "/about", "4");
    expect(t, "GET", "/12", "3 n=12");
    expect(t, "GET", "/1.5", "2 x=1.5");
    expect(t, "GET", "/zoe", "1 name=zoe");
    expect(t, "GET", "/ann", "5 name=nn");
    expect(t, "GET", "/abc", "6 name=c");
    expect(t, "GET", "/ac-d", "7 x=c y=d");
    expect(t, "GET", "/x/y", "0 p=x/y");
    expect(t, "GET", "/about/us", "0 p=about/us");
}

/* Text and captures in turn: each kind is compared by itself. */
static void test_the_stricter_capture_wins_beside_text(void **state)
{
    struct table *t = *state;
    add(t, "/a<name>", "GET");
    add(t, "/a<int:n>", "GET");
    add(t, "/<name>-z", "GET");
    add(t, "/<int:n>-z", "GET");
    expect(t, "GET", "/a5", "1 n=5");
    expect(t, "GET", "/ab", "0 name=b");
    expect(t, "GET", "/5-z", "3 n=5");
    expect(t, "GET", "/b-z", "2 name=b");
}

static void test_a_path_capture_is_asked_last(void **state)
{
    struct table *t = *state;
    add(t, "/<path:p>/edit", "GET");
    add(t, "/<path:p>", "GET");
    add(t, "/<name>/edit", "GET");
    add(t, "/wiki-<path:p>", "GET");
    expect(t, "GET", "/ann/edit", "2 name=ann");
    expect(t, "GET", "/a/b/edit", "0 p=a/b");
    expect(t, "GET", "/a/b", "1 p=a/b");
    expect(t, "GET", "/wiki-a/b", "3 p=a/b");
}

static void test_goes_back_on_a_wrong_turn(void **state)
{
    struct table *t = *state;
    add(t, "/a/x", "GET");
    add(t, "/<name>/y", "GET");
    add(t, "/<int:n>/z", "GET");
    add(t, "/<name>/z/<w>", "GET");
    expect(t, "GET", "/a/x", "0");
    expect(t, "GET", "/a/y", "1 name=a");
    expect(t, "GET", "/5/y", "1 name=5");
    expect(t, "GET", "/5/z", "2 n=5");
    expect(t, "GET", "/5/z/6", "3 name=5 w=6");
    expect(t, "GET", "/a/z", "404");
}

static void test_the_first_of_equals_wins(void **state)
{
    struct table *t = *state;
    add(t, "/<a>", "GET");
    add(t, "/<b>", "GET");
    add(t, "/x", "GET");
    add(t, "/x", "GET");
    expect(t, "GET", "/y", "0 a=y");
    expect(t, "GET", "/x", "2");
    add(t, "/<a>-", "GET");
    add(t, "/-<a>", "GET");
    expect(t, "GET", "/-b-", "4 a=-b");
}

static void test_names_are_those_of_the_rule(void **state)
{
    struct table *t = *state;
    add(t, "/<user>/posts", "GET");
    add(t, "/<member>/likes", "GET");
    expect(t, "GET", "/ann/posts", "0 user=ann");
    expect(t, "GET", "/ann/likes", "1 member=ann");
}

static void test_methods(void **state)
{
    struct table *t = *state;
    add(t, "/form", "GET");
    add(t, "/form", "POST");
    add(t, "/both", "GET\nPOST");
    add(t, "/put", "PUT\nDELETE");
    add(t, "/form", "POST\nGET"); /* once more: each method is listed once */
    expect(t, "GET", "/form", "0");
    expect(t, "HEAD", "/form", "0");
    expect(t, "POST", "/form", "1");
    expect(t, "POST", "/both", "2");
    expect(t, "PUT", "/form", "405 GET, HEAD, POST, OPTIONS");
    expect(t, "GET", "/put", "405 PUT, DELETE, OPTIONS");
    expect(t, "HEAD", "/put", "405 PUT, DELETE, OPTIONS");
    expect(t, "GE", "/form", "405 GET, HEAD, POST, OPTIONS");
    expect(t, "", "/form", "405 GET, HEAD, POST, OPTIONS");
    expect(t, "get", "/form", "405 GET, HEAD, POST, OPTIONS");
    expect(t, "GET", "/none", "404");
}

static void test_options(void **state)
{
    struct table *t = *state;
    add(t, "/form", "GET");
    add(t, "/form", "POST");
    add(t, "/own", "OPTIONS\nGET");
    add(t, "/slash/", "GET");
    expect(t, "OPTIONS", "/form", "options GET, HEAD, POST, OPTIONS");
    expect(t, "OPTIONS", "/own", "2");
    expect(t, "OPTIONS", "/slash", "slash");
    expect(t, "OPTIONS", "/none", "404");
    expect(t, "POST", "/own", "405 GET, HEAD, OPTIONS");
}

static void test_a_method_may_lead_to_another_rule(void **state)
{
    struct table *t = *state;
    add(t, "/new", "POST");
    add(t, "/<name>", "GET");
    add(t, "/dir/", "POST");
    expect(t, "POST", "/new", "0");
    expect(t, "GET", "/new", "1 name=new");
    expect(t, "PUT", "/new", "405 POST, GET, HEAD, OPTIONS");
    expect(t, "GET", "/dir", "1 name=dir"); /* no redirect to a rule that would not take it */
    expect(t, "POST", "/dir", "slash");
    add(t, "/dir/", "PUT");
    expect(t, "PUT", "/dir", "slash");
}

/* A static path of many segments, to see that depth is no limit. */
static void test_deep(void **state)
{
    struct table *t = *state;
    char path[2 * 200 + 1];
    for (int i = 0; i < 200; i++)
        memcpy(path + 2 * i, "/a", 3);
    add(t, path, "GET");
    expect(t, "GET", path, "0");
    path[399] = 0;
    expect(t, "GET", path, "404");
}

/* Without notes on what failed, this would take longer than the test may. */
static void test_no_path_is_slow(void **state)
{
    struct table *t = *state;
    char path[1000];
    memset(path, '-', sizeof(path));
    path[0] = '/';
    path[sizeof(path) - 1] = 0;
    add(t, "/<a>-<b>-<c>-<d>-<e>-<f>-<g>-<h>x", "GET");
    add(t, "/<path:a>-<path:b>-<path:c>-<path:d>x", "GET");
    expect(t, "GET", path, "404");
}

static void test_lists_its_rules(void **state)
{
    struct table *t = *state;
    int route;
    add(t, "/a", "GET");
    add(t, "/<b>", "POST");
    assert_int_equal(http_router_count(t->router), 2);
    struct slice rule = http_router_rule(t->router, 1, &route);
    assert_true(slice_equal(rule, SLICE("/<b>")));
    assert_int_equal(route, 1);
}

static void test_types_of_captures(void **state)
{
    struct table *t = *state;
    struct http_match match;
    struct buf allow = BUF_INIT;
    add(t, "/<a>/<int:b>/<float:c>/<path:d>", "GET");
    enum http_found found =
        http_router_find(t->router, SLICE("GET"), SLICE("/x/1/2.5/y/z"), &match, &allow);
    assert_int_equal(found, HTTP_FOUND);
    assert_int_equal(match.capture_count, 4);
    assert_int_equal(match.captures[0].type, HTTP_CAPTURE_STRING);
    assert_int_equal(match.captures[1].type, HTTP_CAPTURE_INT);
    assert_int_equal(match.captures[2].type, HTTP_CAPTURE_FLOAT);
    assert_int_equal(match.captures[3].type, HTTP_CAPTURE_PATH);
    buf_dispose(&allow);
}

static const struct {
    const char *rule, *error;
} malformed[] = {
    {"", "rule \"\": a rule begins with \"/\""},
    {"user", "rule \"user\": a rule begins with \"/\""},
    {"/<name", "rule \"/<name\": a \"<\" has no \">\""},
    {"/<>", "rule \"/<>\": a capture is <name> or <converter:name>, a name of letters, digits "
            "and _"},
    {"/<int:>", "rule \"/<int:>\": a capture is <name> or <converter:name>, a name of letters, "
                "digits and _"},
    {"/<9a>", "rule \"/<9a>\": a capture is <name> or <converter:name>, a name of letters, digits "
              "and _"},
    {"/<a b>", "rule \"/<a b>\": a capture is <name> or <converter:name>, a name of letters, "
               "digits and _"},
    {"/<integer:id>", "rule \"/<integer:id>\": unknown converter \"integer\": the converters are "
                      "string, int, float, path"},
    {"/<:id>",
     "rule \"/<:id>\": unknown converter \"\": the converters are string, int, float, path"},
    {"/<string(length=2):id>",
     "rule \"/<string(length=2):id>\": a converter takes no arguments, as in <int:id>"},
    {"/<a>/<int:a>", "rule \"/<a>/<int:a>\": \"a\" is captured twice"},
    {"/<a><b><c><d><e><f><g><h><i><j><k><l><m><n><o><p><q>",
     "rule \"/<a><b><c><d><e><f><g><h><i><j><k><l><m><n><o><p><q>\": there are more than 16 "
     "captures"},
};

static void test_malformed_rules(void **state)
{
    struct table *t = *state;
    for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++) {
        struct buf error = BUF_INIT;
        assert_false(
            http_router_add(t->router, slice_str(malformed[i].rule), SLICE("GET"), 0, &error));
        if (!slice_equal(buf_slice(&error), slice_str(malformed[i].error)))
            fail_msg("%.*s", SLICE_ARG(buf_slice(&error)));
        buf_dispose(&error);
    }
    assert_int_equal(http_router_count(t->router), 0);
    add(t, "/<a><b><c><d><e><f><g><h><i><j><k><l><m><n><o><p>", "GET");
    expect(t, "GET", "/abcdefghijklmnop",
           "0 a=a b=b c=c d=d e=e f=f g=g h=h i=i j=j k=k l=l m=m n=n o=o p=p");
}

static void test_short_memory_is_not_found(void **state)
{
    struct table *t = *state;
    add(t, "/<a>-<b>", "GET");
    mem_test_fail_nth(1);
    expect(t, "GET", "/x-y", "404");
    mem_test_fail_nth(0);
    expect(t, "GET", "/x-y", "0 a=x b=y");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_rule),
        TEST(test_the_most_specific_rule_wins),
        TEST(test_the_stricter_capture_wins_beside_text),
        TEST(test_a_path_capture_is_asked_last),
        TEST(test_goes_back_on_a_wrong_turn),
        TEST(test_the_first_of_equals_wins),
        TEST(test_names_are_those_of_the_rule),
        TEST(test_methods),
        TEST(test_options),
        TEST(test_a_method_may_lead_to_another_rule),
        TEST(test_deep),
        TEST(test_no_path_is_slow),
        TEST(test_lists_its_rules),
        TEST(test_types_of_captures),
        TEST(test_malformed_rules),
        TEST(test_short_memory_is_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
