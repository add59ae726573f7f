/* The last step of a route: the five values that lua/http.lua ends with become a response.
 * It checks nothing, because http_response.lua did; it runs no Lua. */
#ifndef MW_BINDINGS_HTTP_ANSWER_H
#define MW_BINDINGS_HTTP_ANSWER_H

#include "bindings/task.h"

/* The values are on top of t->L: status, headers (a flat list), body or false, folder or false,
 * path or false. [-0, +0, -] */
void http_answer_send(struct task *t);

/* A plain answer with the status' own text, where no script's page can be made. */
void http_answer_plain(struct http_exchange *x, unsigned status);

#endif
