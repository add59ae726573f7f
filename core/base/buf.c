/* Growth of a buf: by doubling, so that n appended bytes cost n moves at most.
 * Does not shrink but in buf_reset. */
#include "core/base/buf.h"

#include <stdarg.h>
#include <stdio.h>

#define BUF_CAP_MIN 64

/* The capacity that holds `more` bytes behind len; SIZE_MAX, which no allocator grants, if that is
 * beyond a size_t. */
static size_t buf_next_cap(const struct buf *b, size_t more)
{
    if (more > SIZE_MAX / 4 || b->len > SIZE_MAX / 4)
        return SIZE_MAX;
    size_t need = b->len + more;
    size_t cap = b->_cap < BUF_CAP_MIN / 2 ? BUF_CAP_MIN : b->_cap * 2;
    return cap < need ? need : cap;
}

void buf_dispose(struct buf *b)
{
    mem_free(b->ptr);
    *b = BUF_INIT;
}

void buf_grow(struct buf *b, size_t more)
{
    size_t cap = buf_next_cap(b, more);
    b->ptr = mem_realloc(b->ptr, cap);
    b->_cap = cap;
}

char *buf_reserve(struct buf *b, size_t more)
{
    if (more > b->_cap - b->len || !b->ptr)
        buf_grow(b, more);
    return b->ptr + b->len;
}

char *buf_try_reserve(struct buf *b, size_t more)
{
    if (more > b->_cap - b->len || !b->ptr) {
        size_t cap = buf_next_cap(b, more);
        char *moved = mem_try_realloc(b->ptr, cap);
        if (!moved)
            return NULL;
        b->ptr = moved;
        b->_cap = cap;
    }
    return b->ptr + b->len;
}

void buf_append(struct buf *b, const void *bytes, size_t len)
{
    if (!len)
        return;
    memcpy(buf_reserve(b, len), bytes, len);
    b->len += len;
}

bool buf_try_append(struct buf *b, const void *bytes, size_t len)
{
    if (!len)
        return true;
    char *room = buf_try_reserve(b, len);
    if (!room)
        return false;
    memcpy(room, bytes, len);
    b->len += len;
    return true;
}

/* Tried in the room there is first: most of what is printed is short. */
void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    size_t room = b->_cap - b->len;
    int len = vsnprintf(room ? b->ptr + b->len : NULL, room, format, args);
    va_end(args);
    if (len > 0 && (size_t)len >= room)
        vsnprintf(buf_reserve(b, (size_t)len + 1), (size_t)len + 1, format, again);
    va_end(again);
    if (len > 0)
        b->len += (size_t)len;
}

void buf_reset(struct buf *b, size_t keep)
{
    if (b->_cap > keep)
        buf_dispose(b);
    b->len = 0;
}
