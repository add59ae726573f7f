/* The parts of a request that are tables: args, headers, cookies, form, files.
 * Built once for each request, when the script first asks. Names that come twice keep their first
 * value, as Flask's do. Knows neither tasks nor peers. */
#ifndef MW_BINDINGS_REQUEST_PARTS_H
#define MW_BINDINGS_REQUEST_PARTS_H

#include "bindings/compat.h"
#include "core/server/http_request.h"

/* Each pushes a new table. [-0, +1, m] */
void request_parts_push_args(lua_State *L, const struct http_request *r);
/* Names in lower case, found in any; a header that comes twice is joined with ", ". */
void request_parts_push_headers(lua_State *L, const struct http_request *r);
void request_parts_push_cookies(lua_State *L, const struct http_request *r);
/* Of an application/x-www-form-urlencoded body, or the parts of a multipart/form-data one that are
 * no files. Empty if the body is neither. A malformed body answers 400, one with too many parts
 * 413. [-0, +1, e] */
void request_parts_push_form(lua_State *L, const struct http_request *r, struct slice body);
/* The other parts: name -> upload. [-0, +1, e] */
void request_parts_push_files(lua_State *L, const struct http_request *r, struct slice body);
/* Pushes the whole URL: "http://localhost:5000/user/ann?a=1". */
void request_parts_push_url(lua_State *L, const struct http_request *r);

/* Is the Content-Type this one, parameters aside? */
bool request_parts_is_type(const struct http_request *r, const char *type);

#endif
