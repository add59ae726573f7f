/* URL rules as in Flask: which route a path and a method mean.
 * `/user/<name>`, `<int:id>`, `<float:x>`, `<path:rest>`; the most specific rule wins (werkzeug's
 * order: static parts before int, float, string, path), then the first registered. Pure: routes are
 * numbers to it. */
#ifndef MW_SERVER_HTTP_ROUTER_H
#define MW_SERVER_HTTP_ROUTER_H

#include "core/base/buf.h"

#define HTTP_ROUTER_CAPTURES_MAX 16

enum http_capture_type {
    HTTP_CAPTURE_STRING,
    HTTP_CAPTURE_INT,
    HTTP_CAPTURE_FLOAT,
    HTTP_CAPTURE_PATH
};

struct http_capture {
    enum http_capture_type type;
    struct slice name; /* of the rule; valid as long as the router */
    struct slice text; /* a view of the path */
};

struct http_match {
    int route; /* as given to http_router_add */
    size_t capture_count;
    struct http_capture captures[HTTP_ROUTER_CAPTURES_MAX];
};

enum http_found {
    HTTP_FOUND,
    HTTP_FOUND_NOT,     /* 404 */
    HTTP_FOUND_METHOD,  /* 405: out_allow has the methods */
    HTTP_FOUND_OPTIONS, /* OPTIONS, answered by itself: out_allow has the methods */
    /* The rule ends in a slash and the path does not: 308 to path + "/". */
    HTTP_FOUND_REDIRECT_SLASH,
    /* A rule matches once each run of slashes is one (http_path_merge_slashes): 308 to that. */
    HTTP_FOUND_REDIRECT_MERGED
};

struct http_router;

struct http_router *http_router_create(void);
void http_router_destroy(struct http_router *r);

/* Adds a rule. `methods` is upper-case names separated by newlines; GET implies HEAD. False: the
 * rule is malformed, and out_error says where and how it would be right. */
MUST_CHECK bool http_router_add(struct http_router *r, struct slice rule, struct slice methods,
                                int route, struct buf *out_error);

/* `out_allow` gets "GET, HEAD, OPTIONS" for HTTP_FOUND_METHOD and HTTP_FOUND_OPTIONS. HEAD finds
 * what GET finds. */
enum http_found http_router_find(const struct http_router *r, struct slice method,
                                 struct slice path, struct http_match *out_match,
                                 struct buf *out_allow);

/* Appends the path with each run of slashes as one. */
MUST_CHECK bool http_path_try_merge_slashes(struct slice path, struct buf *out);

/* The number of rules, and the i-th as it was added, for listings and url_for. */
size_t http_router_count(const struct http_router *r);
struct slice http_router_rule(const struct http_router *r, size_t i, int *out_route);

#endif
