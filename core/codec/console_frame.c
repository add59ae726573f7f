/* Reads and writes the frames of the console. */
#include "core/codec/console_frame.h"

#define DIGITS_MAX 9 /* so that a length cannot overflow */

enum console_frame_outcome console_frame_read(struct slice *bytes, size_t max,
                                              struct console_frame *out)
{
    size_t at = 2, len = 0;
    struct slice b = *bytes;
    if ((b.len > 0 && (b.ptr[0] < 'a' || b.ptr[0] > 'z')) || (b.len > 1 && b.ptr[1] != ' '))
        return CONSOLE_FRAME_BAD;
    for (; at < b.len && b.ptr[at] >= '0' && b.ptr[at] <= '9' && at < 2 + DIGITS_MAX; at++)
        len = len * 10 + (size_t)(b.ptr[at] - '0');
    if (len > max || (at < b.len && (at == 2 || b.ptr[at] != '\n')))
        return CONSOLE_FRAME_BAD;
    if (at >= b.len || b.len - at - 1 < len)
        return CONSOLE_FRAME_MORE;
    *out = (struct console_frame){b.ptr[0], slice_make(b.ptr + at + 1, len)};
    *bytes = slice_skip(b, at + 1 + len);
    return CONSOLE_FRAME_OK;
}

void console_frame_put(struct buf *out, char kind, struct slice body)
{
    buf_printf(out, "%c %zu\n", kind, body.len);
    buf_append_slice(out, body);
}
