/* Socket.IO packets, against what socket.io-parser accepts and refuses. */
#include "core/codec/sio_packet.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#define NO_ID UINT64_MAX

struct good {
    const char *text;
    enum sio_type type;
    unsigned attachments;
    const char *namespace_;
    uint64_t id;
    const char *payload;
};

static const struct good goods[] = {
    {"0", SIO_CONNECT, 0, "/", NO_ID, ""},
    {"0{\"token\":1}", SIO_CONNECT, 0, "/", NO_ID, "{\"token\":1}"},
    {"0/chat,", SIO_CONNECT, 0, "/chat", NO_ID, ""},
    {"0/chat", SIO_CONNECT, 0, "/chat", NO_ID, ""},
    {"0/chat,{}", SIO_CONNECT, 0, "/chat", NO_ID, "{}"},
    {"0/", SIO_CONNECT, 0, "/", NO_ID, ""},
    {"0/,{}", SIO_CONNECT, 0, "/", NO_ID, "{}"},
    {"0/chat?token=a&b=c,", SIO_CONNECT, 0, "/chat?token=a&b=c", NO_ID, ""},
    {"1", SIO_DISCONNECT, 0, "/", NO_ID, ""},
    {"1/chat,", SIO_DISCONNECT, 0, "/chat", NO_ID, ""},
    {"2[\"a\"]", SIO_EVENT, 0, "/", NO_ID, "[\"a\"]"},
    {"20[\"a\"]", SIO_EVENT, 0, "/", 0, "[\"a\"]"},
    {"2/chat,[\"a\"]", SIO_EVENT, 0, "/chat", NO_ID, "[\"a\"]"},
    {"2/chat,13[\"a\",{}]", SIO_EVENT, 0, "/chat", 13, "[\"a\",{}]"},
    {"2/a-b/c d,7[1]", SIO_EVENT, 0, "/a-b/c d", 7, "[1]"},
    {"2007[1]", SIO_EVENT, 0, "/", 7, "[1]"},
    {"29007199254740991[1]", SIO_EVENT, 0, "/", UINT64_C(9007199254740991), "[1]"},
    {"312[]", SIO_ACK, 0, "/", 12, "[]"},
    {"3/chat,12[1]", SIO_ACK, 0, "/chat", 12, "[1]"},
    {"3[]", SIO_ACK, 0, "/", NO_ID, "[]"},
    {"4{\"message\":\"no\"}", SIO_CONNECT_ERROR, 0, "/", NO_ID, "{\"message\":\"no\"}"},
    {"4/x,\"no\"", SIO_CONNECT_ERROR, 0, "/x", NO_ID, "\"no\""},
    {"51-[\"a\"]", SIO_BINARY_EVENT, 1, "/", NO_ID, "[\"a\"]"},
    {"510-[\"a\"]", SIO_BINARY_EVENT, 10, "/", NO_ID, "[\"a\"]"},
    {"52-/chat,3[\"a\"]", SIO_BINARY_EVENT, 2, "/chat", 3, "[\"a\"]"},
    {"61-/chat,3[]", SIO_BINARY_ACK, 1, "/chat", 3, "[]"},
    {"61-3[]", SIO_BINARY_ACK, 1, "/", 3, "[]"},
};

static void check_good(const struct good *good)
{
    struct sio_packet p;
    if (sio_packet_decode(slice_str(good->text), &p) != ERR_OK)
        fail_msg("%s was refused", good->text);
    assert_int_equal(p.type, good->type);
    assert_int_equal(p.attachments, good->attachments);
    assert_true(slice_equal(p.namespace_, slice_str(good->namespace_)));
    assert_int_equal(p.has_id, good->id != NO_ID);
    assert_true(!p.has_id || p.id == good->id);
    assert_true(slice_equal(p.payload, slice_str(good->payload)));
}

static void test_good(void **unused)
{
    for (size_t i = 0; i < sizeof(goods) / sizeof(goods[0]); i++)
        check_good(&goods[i]);
}

static void test_looks_no_further_than_the_text(void **unused)
{
    struct sio_packet p;
    assert_int_equal(sio_packet_decode(slice_make("112", 2), &p), ERR_OK);
    assert_int_equal(p.id, 1);
    assert_int_equal(sio_packet_decode(slice_make("0/abc", 3), &p), ERR_OK);
    assert_true(slice_equal(p.namespace_, SLICE("/a")));
    assert_int_equal(sio_packet_decode(slice_make("51-[", 2), &p), ERR_SYNTAX);
    assert_int_equal(sio_packet_decode(slice_make("51-[", 3), &p), ERR_SYNTAX);
}

static const char *const bads[] = {
    "",
    "7",
    "9",
    "999",
    "a",
    "/",
    " 2[\"a\"]",
    "0[]",
    "0\"x\"",
    "0null",
    "0/admin,\"invalid\"",
    "0/admin,x",
    "1{}",
    "1/admin,{}",
    "1/admin,x",
    "2",
    "20",
    "2/chat,",
    "2/chat",
    "2/chat,1",
    "2{}",
    "2\"a\"",
    "2null",
    "2 [\"a\"]",
    "2/admin,\"invalid",
    "2/admin,{}",
    "2/chat[\"a\"]",
    "2-1[\"a\"]",
    "2+1[\"a\"]",
    "21.5[\"a\"]",
    "21e3[\"a\"]",
    "2,[\"a\"]",
    "29007199254740992[1]",
    "299999999999999999[1]",
    "2184467440737095516160[1]",
    "2184467440737095516170[1]",
    "3",
    "312",
    "3{}",
    "3\"a\"",
    "4",
    "4/x,",
    "4[]",
    "442[\"some\",\"data\"",
    "4null",
    "5",
    "51",
    "5-",
    "5-[\"a\"]",
    "5[\"a\"]",
    "5a-",
    "51.23-",
    "51[\"a\"]",
    "51e0-[\"a\"]",
    "5 1-[\"a\"]",
    "5+1-[\"a\"]",
    "50-[\"a\"]",
    "500-[\"a\"]",
    "518446744073709551617-[\"a\"]",
    "51-",
    "51-{}",
    "51-/chat,",
    "6",
    "60-[]",
    "61-",
    "61-3",
    "61-3{}",
};

static void test_bad(void **unused)
{
    struct sio_packet p;
    for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++)
        if (sio_packet_decode(slice_str(bads[i]), &p) != ERR_SYNTAX)
            fail_msg("%s was accepted", bads[i]);
    assert_int_equal(sio_packet_decode(SLICE("510-[\"a\"]"), &p), ERR_OK);
    assert_int_equal(sio_packet_decode(SLICE("511-[\"a\"]"), &p), ERR_RANGE);
    assert_int_equal(sio_packet_decode(SLICE("611-[]"), &p), ERR_RANGE);
    assert_int_equal(sio_packet_decode((struct slice){NULL, 0}, &p), ERR_SYNTAX);
    assert_int_equal(sio_packet_decode(SLICE("2\0[1]"), &p), ERR_SYNTAX);
}

static const struct {
    const char *payload, *name;
} names[] = {
    {"[\"my event\"]", "my event"},
    {"[\"a\",1,{}]", "a"},
    {"[\"\"]", ""},
    {" [ \"a\" ]", "a"},
    {"[\"caf\xc3\xa9\"]", "caf\xc3\xa9"},
    {"[\"tab\\tbed \\u00e9\"]", "tab\tbed \xc3\xa9"},
    {"[1,\"a\",{}]", "1"},
    {"[-7]", "-7"},
    {"[1.5]", "1.5"},
    {"[1.0]", "1"},
    {"[1e3]", "1000"},
    {"[1e21]", "1e+21"},
    {"[9007199254740993]", "9007199254740993"},
    {"[\"Connect\"]", "Connect"},
    {"[\"connect \"]", "connect "},
    {"[\"__proto__\"]", "__proto__"},
    {"[]", NULL},
    {"[", NULL},
    {"", NULL},
    {"{}", NULL},
    {"\"a\"", NULL},
    {"[true,\"foo\"]", NULL},
    {"[null,\"bar\"]", NULL},
    {"[{\"toString\":\"foo\"}]", NULL},
    {"[[\"a\"]]", NULL},
    {"[\"a", NULL},
    {"[\"\xff\"]", NULL},
    {"[1e999]", NULL},
    {"[\"connect\"]", NULL},
    {"[\"connect_error\"]", NULL},
    {"[\"disconnect\",\"123\"]", NULL},
    {"[\"disconnecting\"]", NULL},
    {"[\"newListener\"]", NULL},
    {"[\"removeListener\"]", NULL},
    {"[\"c\\u006fnnect\"]", NULL},
};

static void test_event_names(void **unused)
{
    struct buf scratch = BUF_INIT;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct slice name = {NULL, 0};
        enum err err = sio_packet_event_name(slice_str(names[i].payload), &scratch, &name);
        if (err != (names[i].name ? ERR_OK : ERR_SYNTAX))
            fail_msg("%s: %s", names[i].payload, err_text(err));
        if (names[i].name && !slice_equal(name, slice_str(names[i].name)))
            fail_msg("%s was named %.*s", names[i].payload, SLICE_ARG(name));
    }
    buf_dispose(&scratch);
}

static void test_plain_name_is_a_view(void **unused)
{
    const char *payload = "[\"move\",1]";
    struct buf scratch = BUF_INIT;
    struct slice name;
    assert_int_equal(sio_packet_event_name(slice_str(payload), &scratch, &name), ERR_OK);
    assert_ptr_equal(name.ptr, payload + 2);
    assert_null(scratch.ptr);
}

static void check_head(const char *expected, enum sio_type type, unsigned attachments,
                       const char *namespace_, uint64_t id)
{
    struct buf out = BUF_INIT;
    sio_packet_put_head(&out, type, attachments, slice_str(namespace_), id == NO_ID ? NULL : &id);
    if (!slice_equal(buf_slice(&out), slice_str(expected)))
        fail_msg("%.*s is not %s", SLICE_ARG(buf_slice(&out)), expected);
    buf_dispose(&out);
}

static void test_put_head(void **unused)
{
    check_head("40", SIO_CONNECT, 0, "/", NO_ID);
    check_head("40/chat,", SIO_CONNECT, 0, "/chat", NO_ID);
    check_head("41/chat,", SIO_DISCONNECT, 0, "/chat", NO_ID);
    check_head("42", SIO_EVENT, 0, "/", NO_ID);
    check_head("42", SIO_EVENT, 0, "", NO_ID);
    check_head("420", SIO_EVENT, 0, "/", 0);
    check_head("42/chat,7", SIO_EVENT, 0, "/chat", 7);
    check_head("439007199254740991", SIO_ACK, 0, "/", UINT64_C(9007199254740991));
    check_head("44/x,", SIO_CONNECT_ERROR, 0, "/x", NO_ID);
    check_head("452-", SIO_BINARY_EVENT, 2, "/", NO_ID);
    check_head("4510-/chat,13", SIO_BINARY_EVENT, 10, "/chat", 13);
    check_head("461-/chat,0", SIO_BINARY_ACK, 1, "/chat", 0);
}

/* What we write, we read: every head with a payload that suits its type. */
static void test_heads_there_and_back(void **unused)
{
    static const char *const payloads[] = {"{}", "", "[1]", "[]", "\"no\"", "[1]", "[]"};
    static const char *const namespaces[] = {"/", "/a", "/a/b-c d"};
    for (int i = 0; i < 7 * 3 * 2; i++) {
        enum sio_type type = (enum sio_type)(i % 7);
        bool binary = type >= SIO_BINARY_EVENT;
        const char *namespace_ = namespaces[i / 7 % 3];
        uint64_t id = i / 21 ? 42 : NO_ID;
        struct buf out = BUF_INIT;
        sio_packet_put_head(&out, type, binary ? 3 : 0, slice_str(namespace_),
                            id == NO_ID ? NULL : &id);
        buf_append(&out, payloads[type], strlen(payloads[type]) + 1);
        check_good(
            &(struct good){out.ptr + 1, type, binary ? 3 : 0, namespace_, id, payloads[type]});
        buf_dispose(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_looks_no_further_than_the_text),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_event_names),
        cmocka_unit_test(test_plain_name_is_a_view),
        cmocka_unit_test(test_put_head),
        cmocka_unit_test(test_heads_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
