/* The frames of the console: what is written is read back, however it was cut, and what is none is
 * refused before its length is believed. */
#include "core/codec/console_frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define MAX 100

static void test_round_trip(void **state)
{
    struct buf bytes = BUF_INIT;
    struct console_frame frame;
    console_frame_put(&bytes, CONSOLE_EVALUATE, SLICE("return 1+1"));
    console_frame_put(&bytes, CONSOLE_CANCEL, SLICE(""));
    console_frame_put(&bytes, CONSOLE_PRINT, SLICE("a\0b\n"));
    assert_memory_equal(bytes.ptr, "e 10\nreturn 1+1k 0\np 4\na\0b\n", bytes.len);
    struct slice rest = buf_slice(&bytes);
    assert_int_equal(console_frame_read(&rest, MAX, &frame), CONSOLE_FRAME_OK);
    assert_int_equal(frame.kind, CONSOLE_EVALUATE);
    assert_true(slice_equal(frame.body, SLICE("return 1+1")));
    assert_int_equal(console_frame_read(&rest, MAX, &frame), CONSOLE_FRAME_OK);
    assert_int_equal(frame.body.len, 0);
    assert_int_equal(console_frame_read(&rest, MAX, &frame), CONSOLE_FRAME_OK);
    assert_true(slice_equal(frame.body, SLICE("a\0b\n")));
    assert_int_equal(console_frame_read(&rest, MAX, &frame), CONSOLE_FRAME_MORE);
    buf_dispose(&bytes);
}

static void test_cut_anywhere(void **state)
{
    static const char text[] = "e 10\nreturn 1+1";
    for (size_t len = 0; len < sizeof(text) - 1; len++) {
        struct console_frame frame;
        struct slice rest = slice_make(text, len);
        assert_int_equal(console_frame_read(&rest, MAX, &frame), CONSOLE_FRAME_MORE);
        assert_int_equal(rest.len, len);
    }
}

static void test_no_frames(void **state)
{
    static const char *const texts[] = {
        "GET / HTTP/1.1", "e\n",          "e  1\n",          "e 1x",   "e \n", "e -1\n", "E 1\na",
        "e 101\n",        "e 1000000000", "e 00000000001\n", "\ne 1\n"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct console_frame frame;
        struct slice rest = slice_str(texts[i]);
        if (console_frame_read(&rest, MAX, &frame) != CONSOLE_FRAME_BAD)
            fail_msg("\"%s\" was taken", texts[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_no_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
