/* The configuration: defaults, every type from values and from text, and each refusal word by
 * word. */
#include "core/server/config.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static int setup(void **state)
{
    struct config *c = calloc(1, sizeof(*c));
    config_init(c);
    *state = c;
    return 0;
}

static int teardown(void **state)
{
    config_dispose(*state);
    config_dispose(*state); /* what is empty stays so */
    free(*state);
    return 0;
}

static void expect_text(struct buf *got, const char *wanted)
{
    if (!slice_equal(buf_slice(got), slice_str(wanted)))
        fail_msg("got:  %.*s\nnot:  %s", SLICE_ARG(buf_slice(got)), wanted);
}

/* `wanted` NULL: it must be accepted; else the sentence. */
static void set_text(struct config *c, const char *key, const char *text, const char *wanted)
{
    struct buf error = BUF_INIT;
    bool ok = config_set_text(c, slice_str(key), slice_str(text), &error);
    if (ok != !wanted)
        fail_msg("%s = %s: %.*s", key, text, SLICE_ARG(buf_slice(&error)));
    expect_text(&error, wanted ? wanted : "");
    buf_dispose(&error);
}

static void set(struct config *c, const char *key, struct config_value value, const char *wanted)
{
    struct buf error = BUF_INIT;
    bool ok = config_set(c, slice_str(key), &value, &error);
    if (ok != !wanted)
        fail_msg("%s: %.*s", key, SLICE_ARG(buf_slice(&error)));
    expect_text(&error, wanted ? wanted : "");
    buf_dispose(&error);
}

static struct config_value boolean(bool b)
{
    return (struct config_value){.type = CONFIG_BOOL, .boolean = b};
}

static struct config_value number(double n)
{
    return (struct config_value){.type = CONFIG_NUMBER, .number = n};
}

static struct config_value text(const char *t)
{
    return (struct config_value){.type = CONFIG_STRING, .text = slice_str(t)};
}

static struct config_value list(const struct slice *items, size_t count)
{
    return (struct config_value){.type = CONFIG_LIST, .list = items, .list_len = count};
}

static void test_defaults(void **state)
{
    struct config *c = *state;
    assert_string_equal(c->host, "127.0.0.1");
    assert_int_equal(c->port, 5000);
    assert_string_equal(c->path, "/socket.io");
    assert_null(c->cors_allowed_origins);
    assert_null(c->trusted_proxies);
    assert_true(c->ping_interval == 25);
    assert_true(c->ping_timeout == 20);
    assert_true(c->max_http_buffer_size == 1e6);
    assert_true(c->connect_timeout == 45);
    assert_true(c->upgrade_timeout == 10);
    assert_string_equal(c->transports, "polling\nwebsocket");
    assert_true(c->allow_upgrades);
    assert_true(c->allow_eio3);
    assert_null(c->cookie);
    assert_false(c->per_message_deflate);
    assert_int_equal(c->max_clients, 15000);
    assert_true(c->send_queue_limit == 16e6);
    assert_true(c->handler_timeout == 1);
    assert_true(c->memory_limit == 1e9);
    assert_null(c->tls_cert);
    assert_null(c->tls_key);
    assert_null(c->message_queue);
    assert_null(c->secret_key);
    assert_null(c->static_folder);
    assert_string_equal(c->static_url_path, "/static");
    assert_null(c->template_folder);
    assert_string_equal(c->console, "auto");
    assert_false(c->debug);
}

static void test_texts_of_the_command_line(void **state)
{
    struct config *c = *state;
    set_text(c, "port", "0", NULL);
    assert_int_equal(c->port, 0);
    set_text(c, "port", "65535", NULL);
    assert_int_equal(c->port, 65535);
    set_text(c, "ping_interval", "0.5", NULL);
    assert_true(c->ping_interval == 0.5);
    set_text(c, "max_http_buffer_size", "1e9", NULL);
    assert_true(c->max_http_buffer_size == 1e9);
    set_text(c, "debug", "true", NULL);
    assert_true(c->debug);
    set_text(c, "debug", "false", NULL);
    assert_false(c->debug);
    set_text(c, "host", "0.0.0.0", NULL);
    assert_string_equal(c->host, "0.0.0.0");
    set_text(c, "static_folder", "a b", NULL);
    assert_string_equal(c->static_folder, "a b");
    set_text(c, "cookie", "io", NULL);
    assert_string_equal(c->cookie, "io");
    set_text(c, "cookie", "false", NULL);
    assert_null(c->cookie);
    set_text(c, "secret_key", "k", NULL);
    set_text(c, "secret_key", "", NULL);
    assert_null(c->secret_key);
    set_text(c, "console", "/run/game.sock", NULL);
    assert_string_equal(c->console, "/run/game.sock");
    set_text(c, "console", "false", NULL);
    assert_string_equal(c->console, "off");
}

static void test_paths(void **state)
{
    struct config *c = *state;
    set_text(c, "path", "/ws/", NULL);
    assert_string_equal(c->path, "/ws");
    set_text(c, "path", "/a/b//", NULL);
    assert_string_equal(c->path, "/a/b");
    static const char *const wrong[] = {"socket.io", "/", "//x", "/a?b", "/a#b", "/a b", "/a%20b"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        struct buf wanted = BUF_INIT;
        buf_printf(&wanted,
                   "path must be a path that begins with \"/\", as in \"/socket.io\", not \"%s\"",
                   wrong[i]);
        buf_append_char(&wanted, 0);
        set_text(c, "path", wrong[i], wanted.ptr);
        buf_dispose(&wanted);
    }
    assert_string_equal(c->path, "/a/b");
}

static void test_origins(void **state)
{
    static const char *const right[] = {
        "*",
        "https://example.com",
        "http://localhost:3000",
        "http://127.0.0.1:5000",
        "https://[::1]:8443",
        "capacitor://localhost",
        "chrome-extension://abcdef",
    };
    static const char *const wrong[] = {
        "null",
        "example.com",
        "https://",
        "https://example.com/",
        "https://example.com/a",
        "https://*.example.com",
        "https://example.com:",
        "https://example.com:80a",
        "https://a b",
        "://x",
        "https:/x",
        "https://[::1",
        "https://user@example.com",
    };
    struct config *c = *state;
    for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++) {
        set_text(c, "cors_allowed_origins", right[i], NULL);
        assert_string_equal(c->cors_allowed_origins, right[i]);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        struct buf wanted = BUF_INIT;
        buf_printf(&wanted,
                   "cors_allowed_origins must be \"*\" (any), a list of origins as in "
                   "\"https://example.com:8080\" (scheme, host, port, no path), or false (only the "
                   "page's own), not \"%s\"",
                   wrong[i]);
        buf_append_char(&wanted, 0);
        set_text(c, "cors_allowed_origins", wrong[i], wanted.ptr);
        buf_dispose(&wanted);
    }
}

static void test_lists(void **state)
{
    const struct slice origins[] = {SLICE("https://a.org"), SLICE("HTTPS://B.org:8443"),
                                    SLICE("https://a.org")};
    const struct slice all[] = {SLICE("https://a.org"), SLICE("*"), SLICE("https://b.org")};
    const struct slice host[] = {SLICE("::1")};
    struct config *c = *state;
    set(c, "cors_allowed_origins", list(origins, 3), NULL);
    assert_string_equal(c->cors_allowed_origins, "https://a.org\nhttps://b.org:8443");
    set(c, "cors_allowed_origins", list(all, 3), NULL);
    assert_string_equal(c->cors_allowed_origins, "*");
    set(c, "cors_allowed_origins", boolean(false), NULL);
    assert_null(c->cors_allowed_origins);
    set_text(c, "cors_allowed_origins", "https://a.org, https://b.org", NULL);
    assert_string_equal(c->cors_allowed_origins, "https://a.org\nhttps://b.org");
    set_text(c, "cors_allowed_origins", "", NULL);
    assert_null(c->cors_allowed_origins);
    set_text(c, "transports", "websocket", NULL);
    assert_string_equal(c->transports, "websocket");
    set_text(c, "transports", "websocket,polling,websocket", NULL);
    assert_string_equal(c->transports, "websocket\npolling");
    set(c, "transports", text("polling"), NULL);
    assert_string_equal(c->transports, "polling");
    set(c, "host", list(host, 1), NULL);
    assert_string_equal(c->host, "::1");
}

/* What stands after a refusal is what stood before. */
static void test_a_refusal_changes_nothing(void **state)
{
    const struct slice mixed[] = {SLICE("polling"), SLICE("carrier pigeon")};
    struct config *c = *state;
    set(c, "transports", list(mixed, 2),
        "transports must be a list of \"polling\" and \"websocket\", not \"carrier pigeon\"");
    assert_string_equal(c->transports, "polling\nwebsocket");
    set_text(c, "port", "70000", "port must be a whole number between 0 and 65535, not \"70000\"");
    assert_int_equal(c->port, 5000);
}

static void test_texts_for_numbers_and_switches(void **state)
{
    struct config *c = *state;
    set(c, "port", text("8080"), NULL); /* os.getenv "PORT" */
    assert_int_equal(c->port, 8080);
    set(c, "debug", text("true"), NULL);
    assert_true(c->debug);
    set(c, "port", number(9000.0), NULL);
    assert_int_equal(c->port, 9000);
    set(c, "ping_timeout", (struct config_value){.type = CONFIG_INTEGER, .number = 30}, NULL);
    assert_true(c->ping_timeout == 30);
}

static const struct {
    const char *key, *text, *sentence;
} refused_texts[] = {
    {"ping_interval", "abc",
     "ping_interval must be a number of seconds between 0.1 and 86400, not \"abc\""},
    {"ping_interval", "",
     "ping_interval must be a number of seconds between 0.1 and 86400, not \"\""},
    {"ping_interval", "0",
     "ping_interval must be a number of seconds between 0.1 and 86400, not \"0\""},
    {"ping_timeout", "86401",
     "ping_timeout must be a number of seconds between 0.1 and 86400, not \"86401\""},
    {"ping_timeout", "25s",
     "ping_timeout must be a number of seconds between 0.1 and 86400, not \"25s\""},
    {"max_http_buffer_size", "1e10",
     "max_http_buffer_size must be a number of bytes between 1 and 1000000000, not \"1e10\""},
    {"send_queue_limit", "0",
     "send_queue_limit must be a number of bytes between 1 and 1000000000, not \"0\""},
    {"memory_limit", "-1",
     "memory_limit must be a number of bytes between 0 and 1000000000000, not \"-1\""},
    {"max_clients", "0", "max_clients must be a whole number between 1 and 1000000, not \"0\""},
    {"port", "5000.5", "port must be a whole number between 0 and 65535, not \"5000.5\""},
    {"port", "-1", "port must be a whole number between 0 and 65535, not \"-1\""},
    {"debug", "yes", "debug must be true or false, not \"yes\""},
    {"host", "", "host must be an address or a host name, not \"\""},
    {"cookie", "a b", "cookie must be the name of a cookie, as in \"io\", or false, not \"a b\""},
    {"tls_cert", "a\nb", "tls_cert must be the path of a PEM file, or false, not \"a\\nb\""},
    {"transports", "", "transports must be a list of \"polling\" and \"websocket\", not \"\""},
    {"transports", "polling,",
     "transports must be a list of \"polling\" and \"websocket\", not \"\""},
    {"static_url_path", "static",
     "static_url_path must be a path that begins with \"/\", as in \"/static\", not \"static\""},
    {"ping_intervall", "1", "unknown option \"ping_intervall\": did you mean \"ping_interval\"?"},
    {"pingInterval", "1", "unknown option \"pingInterval\": did you mean \"ping_interval\"?"},
};

static void test_refused_texts(void **state)
{
    for (size_t i = 0; i < sizeof(refused_texts) / sizeof(*refused_texts); i++)
        set_text(*state, refused_texts[i].key, refused_texts[i].text, refused_texts[i].sentence);
}

static void test_a_key_like_no_other(void **state)
{
    struct buf wanted = BUF_INIT;
    buf_append_str(&wanted, "unknown option \"colour\": the options are host, port");
    for (const char *const *key = config_keys() + 2; *key; key++)
        buf_printf(&wanted, ", %s", *key);
    buf_append_char(&wanted, 0);
    set_text(*state, "colour", "1", wanted.ptr);
    buf_dispose(&wanted);
}

static void test_refused_values(void **state)
{
    const struct slice two[] = {SLICE("a"), SLICE("b")};
    struct config *c = *state;
    set(c, "port", boolean(true), "port must be a whole number between 0 and 65535, not true");
    set(c, "port", list(two, 2), "port must be a whole number between 0 and 65535, not a list");
    set(c, "port", number(NAN), "port must be a whole number between 0 and 65535, not nan");
    set(c, "ping_interval", number(NAN),
        "ping_interval must be a number of seconds between 0.1 and 86400, not nan");
    set(c, "port", number(INFINITY), "port must be a whole number between 0 and 65535, not inf");
    set(c, "port", number(-0.5), "port must be a whole number between 0 and 65535, not -0.5");
    set(c, "ping_interval", number(-INFINITY),
        "ping_interval must be a number of seconds between 0.1 and 86400, not -inf");
    set(c, "debug", number(1), "debug must be true or false, not 1");
    set(c, "host", number(1), "host must be an address or a host name, not 1");
    set(c, "host", boolean(false), "host must be an address or a host name, not false");
    set(c, "host", list(two, 2), "host must be an address or a host name, not a list");
    set(c, "cookie", boolean(true),
        "cookie must be the name of a cookie, as in \"io\", or false, not true");
    set(c, "console", boolean(false), NULL);
    assert_string_equal(c->console, "off");
    set(c, "console", boolean(true),
        "console must be the path of a socket, \"auto\" (one in a folder of its own) or \"off\", "
        "not "
        "true");
    set(c, "transports", list(NULL, 0),
        "transports must be a list of \"polling\" and \"websocket\", not an empty list");
    set(c, "secret_key", (struct config_value){.type = CONFIG_STRING, .text = SLICE("a\0b")},
        "secret_key must be a text that nobody can guess, or false, not \"a\\u0000b\"");
}

static void check(const struct config *c, const char *wanted)
{
    struct buf error = BUF_INIT;
    assert_int_equal(config_check(c, &error), !wanted);
    expect_text(&error, wanted ? wanted : "");
    buf_dispose(&error);
}

static void test_rules_that_span_keys(void **state)
{
    struct config *c = *state;
    check(c, NULL);
    set_text(c, "tls_cert", "cert.pem", NULL);
    check(c, "tls_cert needs tls_key: TLS takes both files, or neither");
    set_text(c, "tls_key", "key.pem", NULL);
    check(c, NULL);
    set_text(c, "tls_cert", "", NULL);
    check(c, "tls_key needs tls_cert: TLS takes both files, or neither");
    set_text(c, "tls_key", "", NULL);
    set_text(c, "path", "/static/", NULL);
    check(c, "path and static_url_path must differ: both are \"/static\"");
    set_text(c, "path", "/socket.io", NULL);
    set_text(c, "message_queue", "redis://127.0.0.1:6379", NULL);
    check(c, "message_queue joins several servers, and this version serves from one process: leave "
             "it out");
}

static void test_keys_and_restarts(void **state)
{
    const char *const *keys = config_keys();
    assert_string_equal(keys[0], "host");
    size_t count = 0;
    while (keys[count])
        count++;
    assert_true(count >= 26);
    assert_string_equal(keys[count - 1], "debug");
    assert_true(config_needs_restart(SLICE("port")));
    assert_true(config_needs_restart(SLICE("tls_key")));
    assert_false(config_needs_restart(SLICE("ping_interval")));
    assert_false(config_needs_restart(SLICE("prot")));
}

static void test_seconds_in_ns(void **state)
{
    assert_int_equal(config_ns(25), 25 * NS_PER_S);
    assert_int_equal(config_ns(0.1), 100 * NS_PER_MS);
}

static void note_restart(void *ud, const char *key)
{
    buf_printf(ud, "%s ", key);
}

static void test_exchange(void **state)
{
    struct config *live = *state, other;
    struct buf told = BUF_INIT;
    config_init(&other);
    set_text(&other, "port", "8080", NULL);
    set_text(&other, "ping_interval", "3", NULL);
    set_text(&other, "cookie", "sid", NULL);
    set_text(&other, "tls_cert", "cert.pem", NULL);
    set_text(&other, "debug", "true", NULL);
    config_exchange(live, &other, note_restart, &told);
    assert_true(slice_equal(buf_slice(&told), SLICE("port tls_cert ")));
    assert_int_equal(live->port, 5000);
    assert_null(live->tls_cert);
    assert_true(live->ping_interval == 3 && live->debug);
    assert_string_equal(live->cookie, "sid");
    assert_true(other.ping_interval == 25 && !other.debug && !other.cookie);
    config_exchange(live, &other, NULL, NULL); /* and back */
    assert_true(live->ping_interval == 25 && !live->debug && !live->cookie);
    assert_string_equal(other.cookie, "sid");
    config_dispose(&other);
    buf_dispose(&told);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_defaults),
        TEST(test_texts_of_the_command_line),
        TEST(test_paths),
        TEST(test_origins),
        TEST(test_lists),
        TEST(test_a_refusal_changes_nothing),
        TEST(test_texts_for_numbers_and_switches),
        TEST(test_refused_texts),
        TEST(test_a_key_like_no_other),
        TEST(test_refused_values),
        TEST(test_rules_that_span_keys),
        TEST(test_keys_and_restarts),
        TEST(test_seconds_in_ns),
        TEST(test_exchange),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
