/* Frames of the console mean the same however they come, and what is written is read back. */
#include "spec/fuzz/fuzz.h"

#include "core/codec/console_frame.h"

#define LIMIT 50 /* bytes of a body */

static void check_round_trip(const struct console_frame *frame, struct slice before,
                             struct slice after)
{
    struct buf again = BUF_INIT;
    struct console_frame read;
    require(frame->body.len <= LIMIT, "no body is over the limit");
    require(after.len < before.len, "a frame is made of bytes");
    console_frame_put(&again, frame->kind, frame->body);
    struct slice bytes = buf_slice(&again);
    require(console_frame_read(&bytes, LIMIT, &read) == CONSOLE_FRAME_OK, "it is read back");
    require(read.kind == frame->kind && slice_equal(read.body, frame->body), "as it was");
    require(bytes.len == 0, "and nothing is left");
    buf_dispose(&again);
}

/* Each beginning of a frame asks for more, or is already wrong. */
static void check_cut(struct slice whole, enum console_frame_outcome outcome)
{
    struct console_frame frame;
    for (size_t len = 0; len < whole.len; len++) {
        struct slice part = slice_make(whole.ptr, len);
        enum console_frame_outcome found = console_frame_read(&part, LIMIT, &frame);
        require(found == CONSOLE_FRAME_MORE || found == outcome, "cut, it means nothing else");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice_make(data, size);
    struct console_frame frame;
    for (;;) {
        struct slice before = rest;
        enum console_frame_outcome outcome = console_frame_read(&rest, LIMIT, &frame);
        if (outcome != CONSOLE_FRAME_OK) {
            check_cut(rest, outcome);
            return 0;
        }
        check_round_trip(&frame, before, rest);
        check_cut(slice_make(before.ptr, before.len - rest.len), CONSOLE_FRAME_MORE);
    }
}
