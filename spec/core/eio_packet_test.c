/* Engine.IO 4 packets and payloads, as engine.io-parser reads and writes them. */
#include "core/codec/eio_packet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static void test_text_messages(void **unused)
{
    for (int type = EIO_OPEN; type <= EIO_NOOP; type++) {
        char text[32];
        struct eio_packet packet;
        snprintf(text, sizeof(text), "%dprobe", type);
        assert_int_equal(eio_packet_decode_text(slice_str(text), &packet), ERR_OK);
        assert_int_equal(packet.type, type);
        assert_false(packet.binary);
        assert_true(slice_equal(packet.body, SLICE("probe")));
        assert_ptr_equal(packet.body.ptr, text + 1);
        assert_int_equal(eio_packet_decode_text(slice_make(text, 1), &packet), ERR_OK);
        assert_int_equal(packet.body.len, 0);
    }
}

static void test_text_of_no_type(void **unused)
{
    const char *const cases[] = {"", "7", "9", "a123", "b", "bAQID", "/", ":", " 4", "-1", "\xb4"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct eio_packet packet;
        assert_int_equal(eio_packet_decode_text(slice_str(cases[i]), &packet), ERR_SYNTAX);
    }
    struct eio_packet packet;
    assert_int_equal(eio_packet_decode_text((struct slice){NULL, 0}, &packet), ERR_SYNTAX);
    assert_int_equal(eio_packet_decode_text(SLICE("\0"), &packet), ERR_SYNTAX);
}

static void test_binary_messages(void **unused)
{
    struct eio_packet packet;
    eio_packet_decode_binary(SLICE("\0\x01"), &packet);
    assert_int_equal(packet.type, EIO_MESSAGE);
    assert_true(packet.binary);
    assert_true(slice_equal(packet.body, SLICE("\0\x01")));
}

static void test_coded_messages(void **unused)
{
    struct buf scratch = BUF_INIT;
    struct eio_packet packet;
    assert_int_equal(eio_packet_decode_coded(SLICE("bAQID"), &scratch, &packet), ERR_OK);
    assert_true(packet.binary && packet.type == EIO_MESSAGE);
    assert_true(slice_equal(packet.body, SLICE("\x01\x02\x03")));
    assert_int_equal(eio_packet_decode_coded(SLICE("bAQ\r\nID\r\n"), &scratch, &packet), ERR_OK);
    assert_true(slice_equal(packet.body, SLICE("\x01\x02\x03")));
    assert_int_equal(eio_packet_decode_coded(SLICE("4b"), &scratch, &packet), ERR_OK);
    assert_false(packet.binary);
    assert_int_equal(eio_packet_decode_coded(SLICE("b*"), &scratch, &packet), ERR_SYNTAX);
    assert_int_equal(eio_packet_decode_coded(SLICE(""), &scratch, &packet), ERR_SYNTAX);
    mem_test_fail_nth(1);
    buf_dispose(&scratch);
    assert_int_equal(eio_packet_decode_coded(SLICE("bAQID"), &scratch, &packet), ERR_NOMEM);
    mem_test_fail_nth(0);
    buf_dispose(&scratch);
    struct frame *bytes = frame_create(true, SLICE("\x01\x02\x03"));
    struct frame *coded = eio_packet_coded_frame(bytes);
    assert_false(coded->binary);
    assert_true(slice_equal(frame_body(coded), SLICE("bAQID")));
    frame_unref(bytes);
    frame_unref(coded);
}

/* Each packet as type, `t` or `b`, and body, between brackets; then the outcome. */
static void read_payload(struct slice payload, struct buf *out)
{
    struct eio_payload_reader r;
    struct eio_packet packet;
    enum err err;
    eio_payload_reader_init(&r, payload);
    while (eio_payload_next(&r, &packet, &err))
        buf_printf(out, "[%d%c%.*s]", packet.type, packet.binary ? 'b' : 't',
                   SLICE_ARG(packet.body));
    buf_append_str(out, err_text(err));
    err = ERR_RANGE;
    assert_false(eio_payload_next(&r, &packet, &err));
    assert_int_equal(err, ERR_OK);
    eio_payload_reader_dispose(&r);
}

static const struct {
    const char *payload, *read;
} payloads[] = {
    {"4hello", "[4thello]ok"},
    {"0\x1e"
     "1\x1e"
     "2probe\x1e"
     "3probe\x1e"
     "4test",
     "[0t][1t][2tprobe][3tprobe][4ttest]ok"},
    {"4\x1e"
     "bZm9v\x1e"
     "4\xe2\x82\xac",
     "[4t][4bfoo][4t\xe2\x82\xac]ok"},
    {"bZm9vYg", "[4bfoob]ok"},
    {"bZm9vYg==\x1e"
     "bYQ==",
     "[4bfoob][4ba]ok"},
    {"bZm9v\nYmFy\n\x1e" /* the Java client */
     "bYQ==\r\n\x1e"
     "4\n",
     "[4bfoobar][4ba][4t\n]ok"},
    {"b", "[4b]ok"},
    {"", "malformed"},
    {"\x1e", "malformed"},
    {"4a\x1e", "[4ta]malformed"},
    {"4a\x1e\x1e"
     "4b",
     "[4ta]malformed"},
    {"4a\x1ex\x1e"
     "4b",
     "[4ta]malformed"},
    {"bZ", "malformed"},
    {"bZm 9v", "malformed"},
    {"4a\x1e"
     "b=",
     "[4ta]malformed"},
    {"{", "malformed"},
    {"4\xff", "malformed"},
    {"4a\x1e" /* half a character */
     "4\xe2\x82",
     "[4ta]malformed"},
    {"[\"a123\", \"a456\"]", "malformed"},
};

static void test_payloads(void **unused)
{
    for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
        struct buf read = BUF_INIT;
        read_payload(slice_str(payloads[i].payload), &read);
        if (!slice_equal(buf_slice(&read), slice_str(payloads[i].read)))
            fail_msg("payload %zu was read as %.*s", i, SLICE_ARG(buf_slice(&read)));
        buf_dispose(&read);
    }
    struct buf read = BUF_INIT;
    read_payload((struct slice){NULL, 0}, &read);
    assert_true(slice_equal(buf_slice(&read), SLICE("malformed")));
    buf_dispose(&read);
}

static void append(struct buf *out, bool binary, struct slice body)
{
    struct frame *f = frame_create(binary, body);
    eio_payload_append(out, f);
    frame_unref(f);
}

static void test_append(void **unused)
{
    struct buf out = BUF_INIT;
    append(&out, false, SLICE("42[\"a\"]"));
    assert_true(slice_equal(buf_slice(&out), SLICE("42[\"a\"]")));
    append(&out, true, SLICE("foo"));
    append(&out, true, (struct slice){NULL, 0});
    append(&out, false, SLICE("6"));
    assert_true(slice_equal(buf_slice(&out), SLICE("42[\"a\"]\x1e"
                                                   "bZm9v\x1e"
                                                   "b\x1e"
                                                   "6")));
    struct buf read = BUF_INIT;
    read_payload(buf_slice(&out), &read);
    assert_true(slice_equal(buf_slice(&read), SLICE("[4t2[\"a\"]][4bfoo][4b][6t]ok")));
    buf_dispose(&read);
    buf_dispose(&out);
}

static void test_frames(void **unused)
{
    struct frame *f = eio_packet_frame(EIO_PONG, SLICE("probe"));
    assert_true(slice_equal(frame_body(f), SLICE("3probe")));
    assert_false(f->binary);
    frame_unref(f);
    f = eio_packet_frame(EIO_NOOP, (struct slice){NULL, 0});
    assert_true(slice_equal(frame_body(f), SLICE("6")));
    frame_unref(f);
    assert_int_equal(frame_test_alive(), 0);
}

/* The session of a client whose text is malformed is closed; short memory is ours. */
static void test_short_memory_is_told_from_malformed(void **unused)
{
    for (uint64_t n = 1;; n++) {
        struct eio_payload_reader r;
        struct eio_packet packet;
        enum err err;
        eio_payload_reader_init(&r, SLICE("4a\x1e"
                                          "bZm9v"));
        assert_true(eio_payload_next(&r, &packet, &err));
        mem_test_fail_nth(n);
        bool read = eio_payload_next(&r, &packet, &err);
        bool failed = mem_test_count() >= n;
        mem_test_fail_nth(0);
        assert_int_equal(err, failed ? ERR_NOMEM : ERR_OK);
        assert_int_equal(read, !failed);
        eio_payload_reader_dispose(&r);
        if (!failed)
            return;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_messages),
        cmocka_unit_test(test_text_of_no_type),
        cmocka_unit_test(test_binary_messages),
        cmocka_unit_test(test_coded_messages),
        cmocka_unit_test(test_payloads),
        cmocka_unit_test(test_append),
        cmocka_unit_test(test_frames),
        cmocka_unit_test(test_short_memory_is_told_from_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
