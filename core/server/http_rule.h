/* One URL rule of Flask, taken apart: `/user/<int:id>/posts`.
 * A rule is a row of parts, one for each segment of the path; a part with captures is a pattern for
 * its segment, or (with a path capture) for all that is left of the path. Follows werkzeug 2.2,
 * from Rule._parse_rule to the converters. Finds no route: see http_router.h. */
#ifndef MW_SERVER_HTTP_RULE_H
#define MW_SERVER_HTTP_RULE_H

#include "core/server/http_router.h"

/* A run of plain text, or one capture. */
struct http_piece {
    bool is_capture;
    enum http_capture_type type; /* of a capture */
    struct slice text;           /* the plain text, or the name of the capture */
};

struct http_part {
    struct http_piece *pieces; /* of a plain part: none (an empty segment) or one */
    size_t count;
    size_t captures;     /* 0: a plain part */
    bool takes_rest;     /* has a path capture: a pattern for the rest of the path */
    bool slash_may_lack; /* a rest whose rule ends in "/": a plain, empty part follows */
};

struct http_rule {
    char *text; /* as it was given; the pieces are views of it */
    size_t len;
    struct http_part *parts;
    size_t part_count, captures;
};

/* False: the rule is malformed, and out_error says where and how it would be right; nothing is left
 * to dispose. */
MUST_CHECK bool http_rule_init(struct http_rule *rule, struct slice text, struct buf *out_error);
void http_rule_dispose(struct http_rule *rule);

/* The text of a plain part. */
struct slice http_part_text(const struct http_part *part);
/* Which of two patterns is asked first: below 0 the first, above 0 the second, 0 the older. */
int http_part_compare(const struct http_part *a, const struct http_part *b);
/* Do both accept the same texts? The names of captures do not matter. */
bool http_part_same(const struct http_part *a, const struct http_part *b);
/* Does the pattern accept all of `text`? Then it writes part->captures slices. */
bool http_part_match(const struct http_part *part, struct slice text, struct slice *out_captures);

#endif
