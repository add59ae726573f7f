/* WebSocket frames, handshake and compression at the edge, as pure functions. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/net/ws_deflate.h"
#include "core/net/ws_handshake.h"
#include "core/net/ws_reader.h"

#include <stdio.h>

/* A masked frame of a client, as `first` byte and payload. */
static void put_frame(struct buf *out, uint8_t first, const char *payload, size_t len)
{
    static const uint8_t mask[4] = {0x11, 0x82, 0xf3, 0x44};
    buf_append_char(out, (char)first);
    if (len < 126) {
        buf_append_char(out, (char)(0x80 | len));
    } else {
        size_t bytes = len < 65536 ? 2 : 8;
        buf_append_char(out, (char)(0x80 | (bytes == 2 ? 126 : 127)));
        for (size_t i = bytes; i-- > 0;)
            buf_append_char(out, (char)(len >> (8 * i)));
    }
    buf_append(out, mask, 4);
    for (size_t i = 0; i < len; i++)
        buf_append_char(out, (char)(payload[i] ^ (char)mask[i & 3]));
}

static void put_text(struct buf *out, uint8_t first, const char *payload)
{
    put_frame(out, first, payload, strlen(payload));
}

/* What a stream means, as text: "text hello\n", "ping x\n", "error 1002\n". */
static void describe(struct ws_reader *r, enum ws_event event, struct buf *out)
{
    switch (event) {
    case WS_MESSAGE:
        buf_printf(out, "%s%s ", r->compressed ? "packed " : "", r->binary ? "binary" : "text");
        break;
    case WS_PING:
        buf_append_str(out, "ping ");
        break;
    case WS_PONG:
        buf_append_str(out, "pong ");
        break;
    case WS_CLOSE:
        buf_printf(out, "close %u ", r->code);
        break;
    case WS_ERROR:
        buf_printf(out, "error %u\n", r->code);
        return;
    case WS_MORE:
        return;
    }
    buf_append_slice(out, r->payload);
    buf_append_char(out, '\n');
}

/* Reads the stream in pieces of `piece` bytes; the input is copied, as reading unmasks it. */
static void read_all(struct slice stream, size_t piece, size_t limit, bool packed, struct buf *out)
{
    struct ws_reader r;
    enum ws_event event = WS_MORE;
    char *copy = mem_dup(stream.ptr, stream.len), *at = copy, *end = copy + stream.len;
    ws_reader_init(&r, limit, packed);
    while (at < end && event != WS_ERROR && event != WS_CLOSE) {
        char *stop = (size_t)(end - at) < piece ? end : at + piece;
        do {
            event = ws_reader_next(&r, &at, stop);
            describe(&r, event, out);
        } while (event != WS_MORE && event != WS_ERROR && event != WS_CLOSE);
    }
    ws_reader_dispose(&r);
    mem_free(copy);
}

static void expect(struct buf *stream, size_t limit, bool packed, const char *text)
{
    for (size_t piece = 1; piece <= stream->len; piece += piece < 20 ? 1 : 977) {
        struct buf out = BUF_INIT;
        read_all(buf_slice(stream), piece, limit, packed, &out);
        if (!slice_equal(buf_slice(&out), slice_str(text)))
            fail_msg("by %zu: %.*s, not %s", piece, (int)out.len, out.ptr, text);
        buf_dispose(&out);
    }
    buf_dispose(stream);
}

static void test_messages(void **state)
{
    struct buf s = BUF_INIT;
    (void)state;
    put_text(&s, 0x81, "hello");
    put_text(&s, 0x82, "bytes of any kind, longer than eight");
    put_text(&s, 0x81, "");
    expect(&s, 100, false, "text hello\nbinary bytes of any kind, longer than eight\ntext \n");
}

static void test_fragments(void **state)
{
    struct buf s = BUF_INIT;
    (void)state;
    put_text(&s, 0x01, "one ");
    put_text(&s, 0x89, "in between");
    put_text(&s, 0x00, "");
    put_text(&s, 0x00, "two ");
    put_text(&s, 0x8a, "");
    put_text(&s, 0x80, "three");
    put_text(&s, 0x02, "");
    put_text(&s, 0x80, "last");
    expect(&s, 20, false, "ping in between\npong \ntext one two three\nbinary last\n");
}

static void test_large(void **state)
{
    struct buf s = BUF_INIT, text = BUF_INIT, want = BUF_INIT;
    (void)state;
    for (int i = 0; i < 20000; i++)
        buf_printf(&text, "%05d", i);
    put_frame(&s, 0x81, text.ptr, text.len);
    put_frame(&s, 0x81, text.ptr, 65535);
    put_frame(&s, 0x81, text.ptr, 126);
    put_frame(&s, 0x89, text.ptr, 125);
    buf_printf(&want, "text %.*s\ntext %.*s\ntext %.*s\nping %.*s\n", (int)text.len, text.ptr,
               65535, text.ptr, 126, text.ptr, 125, text.ptr);
    buf_append_char(&want, 0);
    expect(&s, 100000, false, want.ptr);
    buf_dispose(&text);
    buf_dispose(&want);
}

static void error_case(uint8_t first, const char *payload, size_t limit, const char *want)
{
    struct buf s = BUF_INIT;
    put_text(&s, first, payload);
    expect(&s, limit, false, want);
}

static void test_errors(void **state)
{
    static const unsigned reserved[] = {0, 999, 1004, 1005, 1006, 1015, 2999, 5000};
    struct buf s = BUF_INIT;
    char control[127];
    (void)state;
    error_case(0x81, "12345678901", 10, "error 1009\n");
    error_case(0x80, "x", 10, "error 1002\n");
    error_case(0x83, "x", 10, "error 1002\n");
    error_case(0x8b, "x", 10, "error 1002\n");
    error_case(0xc1, "x", 10, "error 1002\n");
    error_case(0xa1, "x", 10, "error 1002\n");
    error_case(0x09, "x", 10, "error 1002\n");
    error_case(0x88, "\x03", 10, "error 1002\n");
    for (size_t i = 0; i < sizeof(reserved) / sizeof(*reserved); i++) {
        char code[2] = {(char)(reserved[i] >> 8), (char)reserved[i]};
        put_frame(&s, 0x88, code, 2);
        expect(&s, 10, false, "error 1002\n");
    }
    error_case(0x88, "\x03\xe8\xff", 10, "error 1007\n");
    memset(control, 'x', sizeof(control));
    put_frame(&s, 0x89, control, 126);
    expect(&s, 1000, false, "error 1002\n");
    put_text(&s, 0x01, "123456");
    put_text(&s, 0x80, "78901");
    expect(&s, 10, false, "error 1009\n");
    put_text(&s, 0x01, "a");
    put_text(&s, 0x81, "b");
    expect(&s, 10, false, "error 1002\n");
    buf_append(&s, "\x81\x01x", 3);
    expect(&s, 10, false, "error 1002\n");
    buf_append(&s, "\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", 14);
    expect(&s, 10, false, "error 1009\n");
}

static void test_close(void **state)
{
    (void)state;
    error_case(0x88, "", 10, "close 1005 \n");
    error_case(0x88, "\x03\xe8", 10, "close 1000 \n");
    error_case(0x88, "\x03\xf6", 10, "close 1014 \n");
    error_case(0x88, "\x0b\xb8", 10, "close 3000 \n");
    error_case(0x88, "\x13\x87", 10, "close 4999 \n");
    error_case(0x88, "\x0f\xa0gone", 10, "close 4000 gone\n");
}

static void test_out_of_memory(void **state)
{
    struct buf s = BUF_INIT, out = BUF_INIT;
    (void)state;
    put_text(&s, 0x01, "first");
    put_text(&s, 0x80, "second");
    mem_test_fail_nth(1);
    read_all(buf_slice(&s), 100, 100, false, &out);
    mem_test_fail_nth(0);
    buf_append_char(&out, 0);
    assert_string_equal(out.ptr, "error 1011\n");
    buf_dispose(&s);
    buf_dispose(&out);
}

/* --- handshake --- */

static struct http_request request_of(struct http_header *headers, size_t count)
{
    return (struct http_request){.method = SLICE("GET"), .headers = headers, .header_count = count};
}

/* What the answer says of the subprotocols that the client offers. */
static void test_subprotocol(void **state)
{
    static const struct {
        const char *offered, *agreed;
    } cases[] = {{"arduino", "arduino"}, {" v1.a , v2", "v1.a"}, {"a b", NULL}, {"", NULL},
                 {",a", NULL},           {"a\"", NULL}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct http_header headers[] = {
            {SLICE("Sec-WebSocket-Key"), SLICE("dGhlIHNhbXBsZSBub25jZQ==")},
            {SLICE("Sec-WebSocket-Protocol"), slice_str(cases[i].offered)}};
        struct http_request r = request_of(headers, 2);
        struct buf out = BUF_INIT;
        char line[64] = "";
        if (cases[i].agreed)
            snprintf(line, sizeof(line), "Sec-WebSocket-Protocol: %s\r\n", cases[i].agreed);
        ws_handshake_accept(&r, false, SLICE(""), &out);
        buf_append_char(&out, 0);
        assert_non_null(strstr(out.ptr, line));
        assert_int_equal(strstr(out.ptr, "Protocol:") != NULL, cases[i].agreed != NULL);
        buf_dispose(&out);
    }
}

static void test_handshake(void **state)
{
    struct http_header headers[] = {
        {SLICE("upgrade"), SLICE("h2c, WebSocket")},
        {SLICE("CONNECTION"), SLICE("keep-alive, Upgrade")},
        {SLICE("Sec-WebSocket-Version"), SLICE("13")},
        {SLICE("Sec-WebSocket-Key"), SLICE("dGhlIHNhbXBsZSBub25jZQ==")}};
    struct http_request r = request_of(headers, 4);
    struct buf out = BUF_INIT;
    const char *why = NULL;
    (void)state;
    assert_true(ws_handshake_wanted(&r));
    assert_int_equal(ws_handshake_check(&r, &why), 0);
    ws_handshake_accept(&r, false, SLICE("X-A: b\r\n"), &out);
    buf_append_char(&out, 0);
    assert_string_equal(out.ptr, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                                 "Connection: Upgrade\r\n"
                                 "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                                 "X-A: b\r\n\r\n");
    buf_dispose(&out);
    static const char *const keys[] = {"", "dGhlIHNhbXBsZSBub25jZXMu",
                                       "dGhlIHNhbXBsZSBub25jZ!==", "dGhlIHNhbXBsZSBub25jZSE="};
    for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
        headers[3].value = slice_str(keys[i]);
        assert_int_equal(ws_handshake_check(&r, &why), 400);
    }
    headers[3].value = SLICE("c2hvcnQ=");
    assert_int_equal(ws_handshake_check(&r, &why), 400);
    r.query = SLICE("transport=websocket&sid=c2hvcnQ%3D"); /* a library's habit */
    assert_int_equal(ws_handshake_check(&r, &why), 0);
    r.query = SLICE("sid=");
    headers[3].value = SLICE("");
    assert_int_equal(ws_handshake_check(&r, &why), 400);
    headers[2].value = SLICE("8");
    assert_int_equal(ws_handshake_check(&r, &why), 426);
    r.method = SLICE("POST");
    assert_int_equal(ws_handshake_check(&r, &why), 400);
    headers[1].value = SLICE("keep-alive");
    assert_false(ws_handshake_wanted(&r));
}

static void test_offers(void **state)
{
    static const struct {
        const char *offer;
        bool taken;
    } cases[] = {
        {"permessage-deflate", true},
        {"permessage-deflate; client_max_window_bits", true},
        {"permessage-deflate; client_max_window_bits=12; server_no_context_takeover", true},
        {"permessage-deflate; server_max_window_bits=10", false},
        {"permessage-deflate; server_max_window_bits=10, permessage-deflate", true},
        {"permessage-deflate; unheard_of", false},
        {"x-webkit-deflate-frame", false},
        {"", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct http_header header = {SLICE("Sec-WebSocket-Extensions"), slice_str(cases[i].offer)};
        struct http_request r = request_of(&header, 1);
        if (ws_handshake_offers_deflate(&r) != cases[i].taken)
            fail_msg("%s", cases[i].offer);
    }
}

/* --- compression --- */

static void test_deflate(void **state)
{
    struct ws_deflate *d = ws_deflate_create();
    struct buf text = BUF_INIT, packed = BUF_INIT;
    struct slice plain;
    bool too_big;
    (void)state;
    for (int i = 0; i < 5000; i++)
        buf_printf(&text, "{\"x\":%d},", i);
    struct frame *f = frame_create(false, buf_slice(&text));
    ws_deflate_frame(d, f, &packed);
    size_t once = packed.len;
    ws_deflate_frame(d, f, &packed);
    struct frame *other = frame_create(false, buf_slice(&text));
    ws_deflate_frame(d, other, &packed); /* which knows nothing of the first */
    frame_unref(other);
    assert_int_equal(packed.len, 3 * once);
    assert_memory_equal(packed.ptr, packed.ptr + once, 2 * once);
    assert_int_equal((uint8_t)packed.ptr[0], 0xc1);
    assert_int_equal((uint8_t)packed.ptr[1], 126);
    struct slice payload = slice_make(packed.ptr + 4, once - 4);
    assert_memory_not_equal(payload.ptr + payload.len - 4, "\0\0\xff\xff", 4);
    assert_int_equal(payload.len, (uint8_t)packed.ptr[2] << 8 | (uint8_t)packed.ptr[3]);
    assert_true(ws_deflate_inflate(d, payload, text.len, &plain, &too_big));
    assert_true(slice_equal(plain, buf_slice(&text)));
    assert_false(ws_deflate_inflate(d, payload, text.len - 1, &plain, &too_big));
    assert_true(too_big);
    assert_false(ws_deflate_inflate(d, SLICE("\xff\xff\xff"), 100, &plain, &too_big));
    assert_false(too_big);
    assert_true(ws_deflate_inflate(d, SLICE("\x00"), 100, &plain, &too_big));
    assert_int_equal(plain.len, 0);
    mem_test_fail_nth(1);
    bool read = ws_deflate_inflate(d, payload, text.len, &plain, &too_big);
    mem_test_fail_nth(0);
    assert_false(read || too_big);
    frame_unref(f);
    ws_deflate_destroy(d);
    buf_dispose(&text);
    buf_dispose(&packed);
    assert_int_equal(frame_test_alive(), 0);
}

/* What repeats itself further back than a smaller window reaches. */
static void test_window(void **state)
{
    struct ws_deflate *d = ws_deflate_create();
    struct buf text = BUF_INIT, packed = BUF_INIT;
    (void)state;
    for (int times = 0; times < 2; times++) {
        uint32_t random = 1;
        for (int i = 0; i < 30000; i++, random = random * 1664525 + 1013904223)
            buf_append_char(&text, (char)(random >> 24));
    }
    struct frame *f = frame_create(true, buf_slice(&text));
    ws_deflate_frame(d, f, &packed);
    assert_in_range(packed.len, 30000, 31000);
    frame_unref(f);
    ws_deflate_destroy(d);
    buf_dispose(&text);
    buf_dispose(&packed);
}

static void test_packed_messages(void **state)
{
    struct buf s = BUF_INIT;
    (void)state;
    put_text(&s, 0xc1, "a");
    put_text(&s, 0x41, "b");
    put_text(&s, 0x80, "c");
    put_text(&s, 0x81, "d");
    expect(&s, 10, true, "packed text a\npacked text bc\ntext d\n");
    put_text(&s, 0x01, "a");
    put_text(&s, 0xc0, "b");
    expect(&s, 10, true, "error 1002\n");
    put_text(&s, 0xc9, "a");
    expect(&s, 10, true, "error 1002\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),    cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_large),       cmocka_unit_test(test_errors),
        cmocka_unit_test(test_close),       cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_subprotocol), cmocka_unit_test(test_handshake),
        cmocka_unit_test(test_offers),      cmocka_unit_test(test_deflate),
        cmocka_unit_test(test_window),      cmocka_unit_test(test_packed_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
