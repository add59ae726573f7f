/* Headers of every length form, sharing, and the count of the living. */
#include "core/base/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct header {
    size_t body_len, header_len;
    unsigned char bytes[FRAME_WS_HEADER_MAX];
};

/* RFC 6455 section 5.2; the first byte is FIN and the opcode. */
static const struct header headers[] = {
    {0, 2, {0x81, 0}},
    {1, 2, {0x81, 1}},
    {125, 2, {0x81, 125}},
    {126, 4, {0x81, 126, 0, 126}},
    {256, 4, {0x81, 126, 1, 0}},
    {65535, 4, {0x81, 126, 0xff, 0xff}},
    {65536, 10, {0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}},
    {0x123456, 10, {0x81, 127, 0, 0, 0, 0, 0, 0x12, 0x34, 0x56}},
};

static void check_header(const struct header *h, bool binary)
{
    char *body = mem_alloc(h->body_len);
    memset(body, 'b', h->body_len);
    struct frame *f = frame_create(binary, slice_make(body, h->body_len));
    struct slice whole = frame_websocket(f);
    assert_int_equal(whole.len, h->header_len + h->body_len);
    assert_int_equal((unsigned char)whole.ptr[0], binary ? 0x82 : 0x81);
    assert_memory_equal(whole.ptr + 1, h->bytes + 1, h->header_len - 1);
    assert_memory_equal(whole.ptr + h->header_len, body, h->body_len);
    assert_true(slice_equal(frame_body(f), slice_make(body, h->body_len)));
    frame_unref(f);
    mem_free(body);
}

static void test_headers(void **unused)
{
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        check_header(&headers[i], false);
        check_header(&headers[i], true);
    }
}

static void test_two_parts_are_one_body(void **unused)
{
    struct frame *f = frame_create_2(false, SLICE("42"), SLICE("[\"a\"]"));
    assert_true(slice_equal(frame_body(f), SLICE("42[\"a\"]")));
    assert_true(slice_equal(frame_websocket(f), SLICE("\x81\x07"
                                                      "42[\"a\"]")));
    frame_unref(f);
    f = frame_create_2(true, (struct slice){NULL, 0}, (struct slice){NULL, 0});
    assert_int_equal(frame_body(f).len, 0);
    frame_unref(f);
}

static void test_lives_until_the_last_reference(void **unused)
{
    assert_int_equal(frame_test_alive(), 0);
    struct frame *a = frame_create(false, SLICE("a")), *b = frame_create(true, SLICE("b"));
    assert_ptr_equal(frame_ref(a), a);
    assert_int_equal(frame_test_alive(), 2);
    frame_unref(a);
    assert_int_equal(frame_test_alive(), 2);
    assert_true(slice_equal(frame_body(a), SLICE("a")));
    frame_unref(a);
    frame_unref(b);
    frame_unref(NULL);
    assert_int_equal(frame_test_alive(), 0);
}

static void test_try_create_can_fail(void **unused)
{
    mem_test_fail_nth(1);
    assert_null(frame_try_create(false, SLICE("x")));
    struct frame *f = frame_try_create(true, SLICE("x"));
    assert_true(f->binary);
    frame_unref(f);
    mem_test_fail_nth(0);
    assert_null(frame_try_create(false, slice_make("x", SIZE_MAX)));
    assert_null(frame_try_create(false, slice_make("x", SIZE_MAX - 20)));
    assert_int_equal(frame_test_alive(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_two_parts_are_one_body),
        cmocka_unit_test(test_lives_until_the_last_reference),
        cmocka_unit_test(test_try_create_can_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
