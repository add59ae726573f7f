/* See http_answer.h. */
#include "bindings/http_answer.h"

#include "bindings/engine.h"

void http_answer_plain(struct http_exchange *x, unsigned status)
{
    struct http_header type = {SLICE("Content-Type"), SLICE("text/plain; charset=utf-8")};
    struct http_response response = {.status = status,
                                     .headers = &type,
                                     .header_count = 1,
                                     .body = slice_str(http_status_text(status)),
                                     .close = x->body_too_large};
    http_exchange_respond(x, &response);
}

static struct slice string_at(lua_State *L, int index)
{
    size_t len = 0;
    const char *text = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &len) : NULL;
    return slice_make(text, len);
}

static struct slice string_in(lua_State *L, int table, size_t i)
{
    lua_rawgeti(L, table, (lua_Integer)i);
    struct slice text = string_at(L, -1);
    lua_pop(L, 1); /* the table still holds it */
    return text;
}

/* The headers of the flat list at `index`. The caller frees them; the texts are the list's. */
static struct http_header *read_headers(lua_State *L, int index, size_t *out_count)
{
    size_t count = lua_rawlen(L, index) / 2;
    struct http_header *headers = (struct http_header *)mem_zalloc((count + 1) * sizeof(*headers));
    for (size_t i = 0; i < count; i++) {
        headers[i].name = string_in(L, index, 2 * i + 1);
        headers[i].value = string_in(L, index, 2 * i + 2);
    }
    *out_count = count;
    return headers;
}

static void send_file(struct task *t, int at, const struct http_header *headers, size_t count)
{
    const struct file_server *files = engine_server(t->vm->engine)->files;
    struct slice folder = string_at(t->L, at + 3), path = string_at(t->L, at + 4);
    if (!files || !files->serve(files->ud, t->exchange, folder, path, headers, count))
        http_answer_plain(t->exchange, 404);
}

void http_answer_send(struct task *t)
{
    lua_State *L = t->L;
    int at = lua_gettop(L) - 4;
    struct http_response response = {.status = (unsigned)lua_tointeger(L, at),
                                     .body = string_at(L, at + 2),
                                     .close = t->exchange->body_too_large};
    struct http_header *headers = read_headers(L, at + 1, &response.header_count);
    response.headers = headers;
    if (!http_exchange_open(t->exchange))
        ; /* the requester left while the route waited */
    else if (lua_type(L, at + 3) == LUA_TSTRING)
        send_file(t, at, headers, response.header_count);
    else
        http_exchange_respond(t->exchange, &response);
    mem_free(headers);
}
