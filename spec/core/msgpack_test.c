/* MessagePack to JSON and back, and the envelope of packets. */
#include "support/rig.h"

#include "core/codec/sio_msgpack.h"

static void test_round_trip(void **state)
{
    static const char *const cases[] = {
        "null",
        "true",
        "[]",
        "{}",
        "[0,1,-1,127,128,-32,-33,-128,-129,255,65535,65536,-32769,2147483648,9007199254740991]",
        "[1.5,-0.25,1e+300]",
        "{\"a\":{\"b\":[\"é😀\",\"\"]}}",
        "[\"0123456789012345678901234567890123456789\"]",
        "[{\"_placeholder\":true,\"num\":0},2,{\"_placeholder\":true,\"num\":1}]",
        "[{\"_placeholder\":false,\"num\":0},{\"_placeholder\":true,\"num\":9}]",
        "[{\"_placeholder\":true}]",
    };
    struct slice attachments[] = {SLICE("\x01\x02"), SLICE("")};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct buf packed = BUF_INIT, json = BUF_INIT;
        struct msgpack_attachments back = {0};
        assert_int_equal(msgpack_put_json(&packed, slice_str(cases[i]), attachments, 2), ERR_OK);
        struct msgpack_reader r = {.rest = buf_slice(&packed)};
        assert_int_equal(msgpack_read_json(&r, &json, &back), ERR_OK);
        assert_int_equal(r.rest.len, 0);
        if (!slice_equal(buf_slice(&json), slice_str(cases[i])))
            fail_msg("got %.*s, not %s", SLICE_ARG(buf_slice(&json)), cases[i]);
        for (size_t k = 0; k < back.count; k++)
            assert_true(slice_equal(back.items[k], attachments[k]));
        msgpack_attachments_dispose(&back);
        buf_dispose(&packed);
        buf_dispose(&json);
    }
}

static void test_read(void **state)
{
    static const struct {
        struct slice bytes;
        const char *json;
        enum err err;
    } cases[] = {
        {{"\xd4\x00\x00", 3}, "null", ERR_OK}, /* undefined */
        {{"\xd7\x00\x00\x00\x01\x86\x1e\x1a\x1c\x00", 10}, "\"2023-02-04T20:24:33.024Z\"", ERR_OK},
        {{"\xca\x3f\x80\x00\x00", 5}, "1", ERR_OK},
        {{"\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00", 9}, "null", ERR_OK}, /* infinity */
        {{"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 9}, "18446744073709552000", ERR_OK},
        {{"\xc4\x01\x78", 3}, "{\"_placeholder\":true,\"num\":0}", ERR_OK},
        {{"\xc5\x00\x01\x78", 4}, "{\"_placeholder\":true,\"num\":0}", ERR_OK},
        {{"\xc6\x00\x00\x00\x01\x78", 6}, "{\"_placeholder\":true,\"num\":0}", ERR_OK},
        {{"\xd9\x01\x78", 3}, "\"x\"", ERR_OK},
        {{"\xda\x00\x01\x78", 4}, "\"x\"", ERR_OK},
        {{"\xdb\x00\x00\x00\x01\x78", 6}, "\"x\"", ERR_OK},
        {{"\x91\x07", 2}, "[7]", ERR_OK},
        {{"\xdc\x00\x01\x07", 4}, "[7]", ERR_OK},
        {{"\xdd\x00\x00\x00\x01\x07", 6}, "[7]", ERR_OK},
        {{"\x81\xa1\x6b\x07", 4}, "{\"k\":7}", ERR_OK},
        {{"\xde\x00\x01\xa1\x6b\x07", 6}, "{\"k\":7}", ERR_OK},
        {{"\xdf\x00\x00\x00\x01\xa1\x6b\x07", 8}, "{\"k\":7}", ERR_OK},
        {{"\x7f", 1}, "127", ERR_OK},
        {{"\xe0", 1}, "-32", ERR_OK},
        {{"\xcc\xff", 2}, "255", ERR_OK},
        {{"\xcd\xff\xff", 3}, "65535", ERR_OK},
        {{"\xce\xff\xff\xff\xff", 5}, "4294967295", ERR_OK},
        {{"\xd0\x80", 2}, "-128", ERR_OK},
        {{"\xd1\x80\x00", 3}, "-32768", ERR_OK},
        {{"\xd2\x80\x00\x00\x00", 5}, "-2147483648", ERR_OK},
        {{"\xd3\xff\xff\xff\xff\xff\xff\xff\xff", 9}, "-1", ERR_OK},
        {{"\xc7\x01\x05\x00", 4}, "", ERR_UNSUPPORTED},
        {{"\xc8\x00\x01\x05\x00", 5}, "", ERR_UNSUPPORTED},
        {{"\xc9\x00\x00\x00\x01\x05\x00", 7}, "", ERR_UNSUPPORTED},
        {{"\xd5\x05\x00\x00", 4}, "", ERR_UNSUPPORTED},
        {{"\xd6\x05\x00\x00\x00\x00", 6}, "", ERR_UNSUPPORTED},
        {{"\xd8\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 18},
         "",
         ERR_UNSUPPORTED},
        {{"\xc4", 1}, "", ERR_SYNTAX},
        {{"\xc5\x00", 2}, "", ERR_SYNTAX},
        {{"\xc4\x02\x78", 3}, "", ERR_SYNTAX},
        {{"\xd9\x02\x78", 3}, "", ERR_SYNTAX},
        {{"\xdc\x00", 2}, "", ERR_SYNTAX},
        {{"\xdc\x00\x02\x01", 4}, "", ERR_SYNTAX},
        {{"\xde\x00\x01\xa1\x6b", 5}, "", ERR_SYNTAX},
        {{"\xcd\x00", 2}, "", ERR_SYNTAX},
        {{"\xd4\x00", 2}, "", ERR_SYNTAX},
        {{"\xc7\x01\x00", 3}, "", ERR_SYNTAX},
        {{"\xcb\x00", 2}, "", ERR_SYNTAX},
        {{"\xc1", 1}, "", ERR_SYNTAX},
        {{"\x92\x01", 2}, "", ERR_SYNTAX},
        {{"\xa5xy", 3}, "", ERR_SYNTAX},
        {{"\xa1\xff", 2}, "", ERR_SYNTAX},
        {{"\x81\x01\x01", 3}, "", ERR_SYNTAX},
        {{"\xdd\xff\xff\xff\xff\x01", 6}, "", ERR_SYNTAX},
        {{"\xd4\x05\x00", 3}, "", ERR_UNSUPPORTED},
        {{"", 0}, "", ERR_SYNTAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct buf json = BUF_INIT;
        struct msgpack_attachments attachments = {0};
        struct msgpack_reader r = {.rest = cases[i].bytes};
        enum err err = msgpack_read_json(&r, &json, &attachments);
        if (err != cases[i].err)
            fail_msg("case %zu: %s", i, err_text(err));
        if (err == ERR_OK && !slice_equal(buf_slice(&json), slice_str(cases[i].json)))
            fail_msg("case %zu: %.*s", i, SLICE_ARG(buf_slice(&json)));
        msgpack_attachments_dispose(&attachments);
        buf_dispose(&json);
    }
}

static void test_what_is_not_written(void **state)
{
    static const char *const cases[] = {"", "1 2", "6num", "[1", "{\"a\"}", "[1],"};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct buf out = BUF_INIT;
        assert_int_equal(msgpack_put_json(&out, slice_str(cases[i]), NULL, 0), ERR_SYNTAX);
        buf_dispose(&out);
    }
}

static void test_depth(void **state)
{
    char deep[1000];
    struct buf json = BUF_INIT;
    struct msgpack_attachments attachments = {0};
    struct msgpack_reader r = {.rest = {deep, sizeof(deep)}};
    (void)state;
    memset(deep, 0x91, sizeof(deep));
    assert_int_equal(msgpack_read_json(&r, &json, &attachments), ERR_RANGE);
    buf_dispose(&json);
}

/* A map of a packet, with `data` as JSON; "" leaves it out. */
static struct buf packet(int type, const char *namespace_, int64_t id, const char *data)
{
    struct buf out = BUF_INIT;
    msgpack_put_map(&out, 2 + (id >= 0) + (data[0] != '\0'));
    msgpack_put_string(&out, SLICE("type"));
    msgpack_put_int(&out, type);
    if (data[0]) {
        msgpack_put_string(&out, SLICE("data"));
        assert_int_equal(msgpack_put_json(&out, slice_str(data), &SLICE("\x07"), 1), ERR_OK);
    }
    msgpack_put_string(&out, SLICE("nsp"));
    msgpack_put_string(&out, slice_str(namespace_));
    if (id >= 0) {
        msgpack_put_string(&out, SLICE("id"));
        msgpack_put_int(&out, id);
    }
    return out;
}

static void send(struct rig *r, struct loopback *l, int type, const char *namespace_, int64_t id,
                 const char *data)
{
    struct buf b = packet(type, namespace_, id, data);
    rig_binary(r, l, b.ptr, b.len);
    buf_dispose(&b);
}

static void expect(struct loopback *l, int type, const char *namespace_, int64_t id,
                   const char *json)
{
    struct frame *f = loopback_take(l);
    struct buf payload = BUF_INIT;
    struct msgpack_attachments attachments = {0};
    struct sio_packet p;
    assert_non_null(f);
    assert_true(f->binary);
    assert_int_equal(sio_msgpack_decode(frame_body(f), &payload, &attachments, &p), ERR_OK);
    assert_int_equal(p.type, type);
    assert_true(slice_equal(p.namespace_, slice_str(namespace_)));
    assert_int_equal(p.has_id, id >= 0);
    if (json && !slice_equal(p.payload, slice_str(json)))
        fail_msg("got %.*s, not %s", SLICE_ARG(p.payload), json);
    msgpack_attachments_dispose(&attachments);
    buf_dispose(&payload);
    frame_unref(f);
}

static void test_server(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, "parser=msgpack");
    struct loopback *l = rig_connect(&r);
    rig_expect(l, "0*");
    send(&r, l, SIO_CONNECT, "/", -1, "");
    expect(l, SIO_CONNECT, "/", -1, NULL);
    send(&r, l, SIO_CONNECT, "/chat", -1, "{\"token\":1}");
    expect(l, SIO_CONNECT, "/chat", -1, NULL);
    send(&r, l, SIO_EVENT, "/chat", 4,
         "[\"echo\",{\"a\":[1.5]},{\"_placeholder\":true,\"num\":0}]");
    expect(l, SIO_EVENT, "/chat", -1, "[\"echo\",{\"a\":[1.5]},{\"_placeholder\":true,\"num\":0}]");
    expect(l, SIO_ACK, "/chat", 4, "[\"ok\"]");
    send(&r, l, SIO_DISCONNECT, "/chat", -1, "");
    assert_true(loopback_up(l, NULL));
    rig_text(&r, l, "42[\"echo\"]");
    assert_false(loopback_up(l, NULL));
    rig_logged(&r, "this server's parser is msgpack");
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

/* A number is the same in all its forms. */
static void test_placeholder(void **state)
{
    static const struct {
        const char *num;
        bool names;
    } cases[] = {{"0", true},    {"0e15", true}, {"-0.0", true}, {"1.0", true},
                 {"0.5", false}, {"2", false},   {"-1", false},  {"1e300", false}};
    struct slice attachments[] = {SLICE("a"), SLICE("b")};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct buf json = BUF_INIT, packed = BUF_INIT;
        buf_printf(&json, "{\"_placeholder\":true,\"num\":%s}", cases[i].num);
        assert_int_equal(msgpack_put_json(&packed, buf_slice(&json), attachments, 2), ERR_OK);
        assert_int_equal((unsigned char)packed.ptr[0], cases[i].names ? 0xc4 : 0xdf);
        buf_dispose(&json);
        buf_dispose(&packed);
    }
}

/* Ids of every width, with and without a sign: notepack writes 200 as cc c8, others as d1 00 c8. */
static void test_ids(void **state)
{
    static const struct {
        struct slice bytes;
        enum err err;
        uint64_t id;
    } cases[] = {
        {{"\x07", 1}, ERR_OK, 7},
        {{"\xcc\xc8", 2}, ERR_OK, 200},
        {{"\xcd\xff\xff", 3}, ERR_OK, 65535},
        {{"\xcf\x00\x1f\xff\xff\xff\xff\xff\xff", 9}, ERR_OK, 9007199254740991},
        {{"\xcf\x00\x20\x00\x00\x00\x00\x00\x00", 9}, ERR_SYNTAX, 0},
        {{"\xd0\x7f", 2}, ERR_OK, 127},
        {{"\xd1\x00\xc8", 3}, ERR_OK, 200},
        {{"\xd2\x7f\xff\xff\xff", 5}, ERR_OK, 2147483647},
        {{"\xd3\x00\x00\x00\x00\x00\x00\x00\x01", 9}, ERR_OK, 1},
        {{"\xd0\x80", 2}, ERR_SYNTAX, 0},
        {{"\xd1\xff\xff", 3}, ERR_SYNTAX, 0},
        {{"\xd3\xff\xff\xff\xff\xff\xff\xff\xff", 9}, ERR_SYNTAX, 0},
        {{"\xcb\x40\x69\x00\x00\x00\x00\x00\x00", 9}, ERR_OK, 200},
        {{"\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00", 9}, ERR_SYNTAX, 0},
        {{"\xa1\x31", 2}, ERR_SYNTAX, 0},
        {{"\xd1\x00", 2}, ERR_SYNTAX, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct msgpack_reader r = {.rest = cases[i].bytes};
        uint64_t id = 0;
        enum err err = msgpack_read_id(&r, &id);
        if (err != cases[i].err || (err == ERR_OK && id != cases[i].id))
            fail_msg("case %zu: %d, %llu", i, (int)err, (unsigned long long)id);
    }
}

/* As in JSON: an event holds no more than ten. */
static void test_attachments(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r, "parser=msgpack");
    for (size_t count = 10; count <= 11; count++) {
        struct buf data = BUF_INIT;
        struct loopback *l = rig_connect(&r);
        send(&r, l, SIO_CONNECT, "/", -1, "");
        buf_append_str(&data, "[\"quiet\"");
        for (size_t i = 0; i < count; i++)
            buf_append_str(&data, ",{\"_placeholder\":true,\"num\":0}");
        buf_append(&data, "]", 2);
        send(&r, l, SIO_EVENT, "/", -1, data.ptr);
        assert_int_equal(loopback_up(l, NULL), count == 10);
        buf_dispose(&data);
        loopback_destroy(l, r.now_ns);
    }
    rig_logged(&r, "more than 10 attachments");
    rig_dispose(&r);
}

static void test_malformed_packets(void **state)
{
    static const struct {
        int type;
        int64_t id;
        const char *data;
    } cases[] = {{9, -1, ""},
                 {SIO_EVENT, -1, "{}"},
                 {SIO_EVENT, -1, ""},
                 {SIO_ACK, -1, "[]"},
                 {SIO_EVENT, -1, "[]"},
                 {SIO_CONNECT_ERROR, -1, "{}"},
                 {SIO_BINARY_EVENT, -1, "[\"a\"]"}};
    struct rig r;
    (void)state;
    rig_init(&r, "parser=msgpack");
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct loopback *l = rig_connect(&r);
        send(&r, l, SIO_CONNECT, "/", -1, "");
        send(&r, l, cases[i].type, "/", cases[i].id, cases[i].data);
        if (loopback_up(l, NULL))
            fail_msg("case %zu did not close", i);
        loopback_destroy(l, r.now_ns);
    }
    struct loopback *l = rig_connect(&r);
    send(&r, l, SIO_CONNECT, "/\xff", -1, ""); /* a namespace is text */
    assert_false(loopback_up(l, NULL));
    loopback_destroy(l, r.now_ns);
    rig_dispose(&r);
}

/* The map itself, byte by byte. */
static void test_envelopes(void **state)
{
    const struct {
        struct slice bytes;
        enum err err;
        bool has_id;
        size_t payload;
    } cases[] = {
        {SLICE("\x82\xa4type\x00\xa3nsp\xa1/"), ERR_OK, false, 0},
        {SLICE("\x83\xa4type\x00\xa4"
               "data\xc0\xa3nsp\xa1/"),
         ERR_OK, false, 0}, /* null is no data */
        {SLICE("\x83\xa4type\x00\xa4"
               "data\x80\xa3nsp\xa1/"),
         ERR_OK, false, 2},
        {SLICE("\x83\xa4type\x00\xa2id\xc0\xa3nsp\xa1/"), ERR_OK, false, 0},
        {SLICE("\x83\xa4type\x00\xa2id\x07\xa3nsp\xa1/"), ERR_OK, true, 0},
        {SLICE("\x83\xa4type\x00\xa7options\x81\xa8"
               "compress\xc3\xa3nsp\xa1/"),
         ERR_OK, false, 0},
        {SLICE("\x83\xa4type\x00\xa7options\xa3nsp\xa1/"), ERR_SYNTAX, false, 0},
        {SLICE("\x83\x01\x00\xa4type\x00\xa3nsp\xa1/"), ERR_SYNTAX, false, 0},
        {SLICE("\x83\xa4type\x00\xa3nsp\xa1/"), ERR_SYNTAX, false, 0},
        {SLICE("\x82\xa4type\x00\xa3nsp\xa1/\xc0"), ERR_SYNTAX, false, 0},
        {SLICE("\x82\xa4type\x00\xa3nsp\xa2/"), ERR_SYNTAX, false, 0},
        {SLICE("\x82\xa4type\x00\xa3nsp\x01/"), ERR_SYNTAX, false, 0},
        {SLICE("\x81\xa4type\x00"), ERR_SYNTAX, false, 0},
        {SLICE("\x81\xa3nsp\xa1/"), ERR_SYNTAX, false, 0},
        {SLICE("\x92\x00\xa1/"), ERR_SYNTAX, false, 0},
        {SLICE(""), ERR_SYNTAX, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct buf payload = BUF_INIT;
        struct msgpack_attachments attachments = {0};
        struct sio_packet p;
        enum err err = sio_msgpack_decode(cases[i].bytes, &payload, &attachments, &p);
        if (err != cases[i].err)
            fail_msg("case %zu: %d", i, (int)err);
        if (err == ERR_OK && (p.has_id != cases[i].has_id || p.payload.len != cases[i].payload))
            fail_msg("case %zu: id %d, \"%.*s\"", i, p.has_id, SLICE_ARG(p.payload));
        msgpack_attachments_dispose(&attachments);
        buf_dispose(&payload);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_what_is_not_written),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_placeholder),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_server),
        cmocka_unit_test(test_attachments),
        cmocka_unit_test(test_malformed_packets),
        cmocka_unit_test(test_envelopes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
