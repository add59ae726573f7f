/* Payloads of Engine.IO 3: lengths in UTF-16 units, the binary form, base64, and the double
 * encoding of JS clients 1.x. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/codec/eio3_payload.h"

/* Reads a payload into "type:body|type:body"; `!` at the end for an error, `*` in front of a binary
 * body. */
static void expect_read(bool binary, struct slice payload, const char *expected)
{
    struct eio3_payload_reader r;
    struct eio_packet p;
    struct buf text = BUF_INIT;
    enum err err;

    eio3_payload_reader_init(&r, payload, binary);
    while (eio3_payload_next(&r, &p, &err))
        buf_printf(&text, "%s%d:%s%.*s", text.len ? "|" : "", (int)p.type, p.binary ? "*" : "",
                   SLICE_ARG(p.body));
    if (err != ERR_OK)
        buf_append_char(&text, '!');
    if (!slice_equal(buf_slice(&text), slice_str(expected)))
        fail_msg("got %.*s, not %s", SLICE_ARG(buf_slice(&text)), expected);
    buf_dispose(&text);
    eio3_payload_reader_dispose(&r);
}

static void test_read_text(void **state)
{
    static const struct {
        const char *payload, *expected;
    } cases[] = {
        {"6:4hello", "4:hello"},
        {"1:26:4hello", "2:|4:hello"},
        {"0:", ""},
        {"2:4€", "4:€"},
        {"3:4😀1:2", "4:😀|2:"},
        {"10:b4AQIDBA==", "4:*\x01\x02\x03\x04"},
        {"12:b4AQID\nBA==\n1:2", "4:*\x01\x02\x03\x04|2:"},
        {"3:4Ã©", "4:é"}, /* JS 1.x: encoded twice */
        {"5:4ð\xc2\x9f\xc2\x98\xc2\x80", "4:😀"},
        {"2:4é", "4:é"},           /* once */
        {"2:4é3:4Ã©", "4:é|4:Ã©"}, /* and it stays so */
        {"3:4Ã©2:4é", "4:é|4:é"},
        {"", ""},
        {"6:4hell", "!"},
        {"2:4😀", "!"}, /* half a character */
        {":4", "!"},
        {"x:4", "!"},
        {"99999999999:4", "!"},
        {"000000000000000000006:4hello", "!"},
        {"4hello", "!"},
        {"0:1:2", "!"},
        {"2:9x", "!"},
        {"1:21:9", "2:!"},
        {"4:b4A*", "!"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        expect_read(false, slice_str(cases[i].payload), cases[i].expected);
}

static void test_read_binary(void **state)
{
    (void)state;
    expect_read(true,
                SLICE("\x00\x06\xff"
                      "4hello"),
                "4:hello");
    expect_read(true,
                SLICE("\x00\x04\xff"
                      "4€"
                      "\x01\x03\xff\x04"
                      "ab"),
                "4:€|4:*ab");
    expect_read(true,
                SLICE("\x00\x01\x01\xff"
                      "4abcdefghij"),
                "4:abcdefghij");
    expect_read(true,
                SLICE("\x02\x01\xff"
                      "2"),
                "!");
    expect_read(true,
                SLICE("\x00\x0a\xff"
                      "2"),
                "!");
    expect_read(true,
                SLICE("\x00\xff"
                      "2"),
                "!");
    expect_read(true,
                SLICE("\x00\x05\xff"
                      "2"),
                "!");
    expect_read(true,
                SLICE("\x01\x02\xff\x05"
                      "a"),
                "!");
    expect_read(true,
                SLICE("\x00\x02\xff"
                      "4\xff"),
                "!");
    expect_read(true, SLICE("\x00"), "!");
}

static void expect_put(bool base64, struct frame *const *frames, size_t count, bool binary,
                       struct slice expected)
{
    struct buf out = BUF_INIT;
    assert_int_equal(eio3_payload_put(&out, frames, count, base64), binary);
    if (!slice_equal(buf_slice(&out), expected))
        fail_msg("got %.*s, not %.*s", SLICE_ARG(buf_slice(&out)), SLICE_ARG(expected));
    buf_dispose(&out);
}

/* Short memory is not malformed input, nor says it anything of how the client encodes. */
static void test_short_memory(void **state)
{
    static const char *const cases[] = {"10:b4AQIDBA==", "3:4Ã©", "2:4é"};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct eio3_payload_reader r;
        struct eio_packet p;
        enum err err;
        eio3_payload_reader_init(&r, slice_str(cases[i]), false);
        mem_test_fail_nth(1);
        assert_false(eio3_payload_next(&r, &p, &err));
        mem_test_fail_nth(0);
        assert_int_equal(err, ERR_NOMEM);
        assert_false(r.once);
        eio3_payload_reader_dispose(&r);
    }
}

static void test_put(void **state)
{
    struct frame *text = frame_create(false, SLICE("42/é,[\"é€🤯𐀀\"]"));
    struct frame *bytes = frame_create(true, SLICE("\x01\x02\x03\x04"));
    struct frame *ping = frame_create(false, SLICE("3"));
    struct frame *both[] = {ping, bytes};
    (void)state;
    expect_put(false, &text, 1, false,
               SLICE("45:42/é,[\"\\u00e9\\u20ac\\ud83e\\udd2f\\ud800\\udc00\"]"));
    expect_put(true, both, 2, false, SLICE("1:310:b4AQIDBA=="));
    expect_put(false, both, 2, true,
               SLICE("\x00\x01\xff"
                     "3"
                     "\x01\x05\xff\x04\x01\x02\x03\x04"));
    expect_put(false, NULL, 0, false, SLICE("0:"));
    frame_unref(text);
    frame_unref(bytes);
    frame_unref(ping);
    assert_int_equal(frame_test_alive(), 0);
}

static void test_binary_frames(void **state)
{
    struct frame *bytes = frame_create(true, SLICE("\x01\x02\x03\x04"));
    struct frame *typed = eio3_binary_frame(bytes, false), *coded = eio3_binary_frame(bytes, true);
    struct buf scratch = BUF_INIT;
    struct eio_packet p;
    (void)state;
    assert_true(typed->binary);
    assert_int_equal(eio3_packet_decode_binary(frame_body(typed), &p), ERR_OK);
    assert_true(slice_equal(p.body, frame_body(bytes)));
    assert_false(coded->binary);
    assert_int_equal(eio3_packet_decode_text(frame_body(coded), &scratch, &p), ERR_OK);
    assert_true(slice_equal(p.body, frame_body(bytes)));
    assert_int_equal(eio3_packet_decode_text(SLICE("b4AQID\r\nBA==\r\n"), &scratch, &p), ERR_OK);
    assert_true(slice_equal(p.body, frame_body(bytes)));
    assert_int_equal(eio3_packet_decode_binary(SLICE(""), &p), ERR_SYNTAX);
    assert_int_equal(eio3_packet_decode_text(SLICE("b4*"), &scratch, &p), ERR_SYNTAX);
    buf_dispose(&scratch);
    frame_unref(bytes);
    frame_unref(typed);
    frame_unref(coded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_text),     cmocka_unit_test(test_read_binary),
        cmocka_unit_test(test_short_memory),  cmocka_unit_test(test_put),
        cmocka_unit_test(test_binary_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
