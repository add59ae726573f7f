/* A growable run of bytes.
 * What is written piece by piece (a payload, an encoded event) grows here; the owner resets and
 * reuses it. Aborts when out of memory, but for buf_try_*, which are for lengths that the network
 * chose. Not for shared bytes: see frame.h. */
#ifndef MW_BASE_BUF_H
#define MW_BASE_BUF_H

#include "core/base/mem.h"
#include "core/base/slice.h"

struct buf {
    char *ptr;  /* NULL until something was written */
    size_t len; /* bytes written */
    size_t _cap;
};

#define BUF_INIT ((struct buf){0})

/* Frees the bytes; the buf is empty and usable again. */
void buf_dispose(struct buf *b);

/* Room for `more` bytes behind len, which the caller fills before it raises len by what it wrote.
 */
char *buf_reserve(struct buf *b, size_t more);
/* The same for a length that the network chose: NULL when memory is short. */
MUST_CHECK char *buf_try_reserve(struct buf *b, size_t more);
void buf_append(struct buf *b, const void *bytes, size_t len);
MUST_CHECK bool buf_try_append(struct buf *b, const void *bytes, size_t len);
__attribute__((format(printf, 2, 3))) void buf_printf(struct buf *b, const char *format, ...);

/* Forgets the content and keeps the memory, unless it grew over `keep` bytes: one big message must
 * not pin its size. */
void buf_reset(struct buf *b, size_t keep);

void buf_grow(struct buf *b, size_t more); /* the slow path of the inlines below */

static inline void buf_append_char(struct buf *b, char c)
{
    if (b->len == b->_cap)
        buf_grow(b, 1);
    b->ptr[b->len++] = c;
}

static inline void buf_append_slice(struct buf *b, struct slice s)
{
    buf_append(b, s.ptr, s.len);
}

static inline void buf_append_str(struct buf *b, const char *text)
{
    buf_append(b, text, strlen(text));
}

static inline struct slice buf_slice(const struct buf *b)
{
    return slice_make(b->ptr, b->len);
}

#endif
