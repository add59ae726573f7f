/* Query strings and forms (application/x-www-form-urlencoded, WHATWG URL section 5).
 * Percent-escapes and `+` are decoded; a broken escape stays as it is, as browsers and Werkzeug do.
 * Keeps order and repetitions. */
#ifndef MW_CODEC_QUERY_H
#define MW_CODEC_QUERY_H

#include "core/base/buf.h"

struct query_pair {
    struct slice name, value; /* decoded; valid until the next call or query_reader_dispose */
};

struct query_reader {
    struct slice _rest;
    struct buf _scratch;
};

void query_reader_init(struct query_reader *r, struct slice text);
/* False at the end. Empty parts (`a&&b`) are passed over; a part without `=` has an empty value. */
bool query_next(struct query_reader *r, struct query_pair *out);
void query_reader_dispose(struct query_reader *r);

/* The first value of `name`, decoded and appended to `out`; false if there is none. */
bool query_find(struct slice text, const char *name, struct buf *out);

/* The byte that `%XX` at `at` stands for; -1 if there is no escape. */
int query_escape_value(struct slice text, size_t at);
/* Appends the text with %XX decoded; `plus` turns + into a space. */
void query_decode(struct slice text, bool plus, struct buf *out);
/* Appends percent-encoded text; `/` stays when keep_slash. */
void query_encode(struct slice text, bool keep_slash, struct buf *out);

#endif
