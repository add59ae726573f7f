/* The clients of a test's server: loopback WebSockets and HTTP requests, by number.
 * A number that is closed is an ordinary error, so that a test which closed its server, or the
 * collector, meets no freed memory. It parses no packet. */
#include "bindings/test_server.h"

#define HEADERS_MAX 100

static struct slice check_slice(lua_State *L, int index)
{
    size_t len;
    const char *text = luaL_checklstring(L, index, &len);
    return slice_make(text, len);
}

/* The list { {name, value}, … } at `index`; the strings stay the table's. */
static size_t check_headers(lua_State *L, int index, struct http_header out[HEADERS_MAX])
{
    luaL_checktype(L, index, LUA_TTABLE);
    size_t count = lua_rawlen(L, index);
    luaL_argcheck(L, count <= HEADERS_MAX, index, "too many headers");
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(L, index, (lua_Integer)i + 1);
        lua_rawgeti(L, -1, 1);
        lua_rawgeti(L, -2, 2);
        out[i] = (struct http_header){check_slice(L, -2), check_slice(L, -1)};
        lua_pop(L, 3);
    }
    return count;
}

/* --- WebSockets --- */

static struct loopback *check_link(lua_State *L, const struct test_server *t)
{
    lua_Integer number = luaL_checkinteger(L, 2);
    luaL_argcheck(L, number >= 1 && (size_t)number <= t->link_count && t->links[number - 1], 2,
                  "this client is closed");
    return t->links[number - 1];
}

/* server:connect(query, headers): its number, or nil and the status of the refusal. */
static int connect(lua_State *L)
{
    struct test_server *t = test_server_check(L);
    struct http_header headers[HEADERS_MAX];
    struct slice query = check_slice(L, 2);
    size_t count = check_headers(L, 3, headers);
    unsigned status;
    struct loopback *link = loopback_connect(t->server, query, headers, count, t->now_ns, &status);
    test_server_settle(t);
    if (!link) {
        lua_pushnil(L);
        lua_pushinteger(L, status);
        return 2;
    }
    size_t size = (t->link_count + 1) * sizeof(struct loopback *);
    t->links = (struct loopback **)mem_realloc(t->links, size);
    t->links[t->link_count++] = link;
    lua_pushinteger(L, (lua_Integer)t->link_count);
    return 1;
}

/* server:send(link, bytes, binary) */
static int send(lua_State *L)
{
    struct test_server *t = test_server_check(L);
    struct loopback *link = check_link(L, t);
    struct slice bytes = check_slice(L, 3);
    if (lua_toboolean(L, 4))
        loopback_send_binary(link, bytes, t->now_ns);
    else
        loopback_send_text(link, bytes, t->now_ns);
    test_server_settle(t);
    return 0;
}

/* server:take(link): the oldest message that was written to it, and whether it is binary; or nil.
 */
static int take(lua_State *L)
{
    struct test_server *t = test_server_check(L);
    struct frame *frame = loopback_take(check_link(L, t));
    if (!frame)
        return 0;
    struct slice body = frame_body(frame);
    lua_pushlstring(L, body.ptr, body.len);
    lua_pushboolean(L, frame->binary);
    frame_unref(frame);
    return 2;
}

/* server:is_up(link) */
static int is_up(lua_State *L)
{
    struct test_server *t = test_server_check(L);
    lua_pushboolean(L, loopback_up(check_link(L, t), NULL));
    return 1;
}

/* server:throttle(link, frames): it takes so many more; nil: all. */
static int throttle(lua_State *L)
{
    struct test_server *t = test_server_check(L);
    struct loopback *link = check_link(L, t);
    loopback_throttle(link, (size_t)luaL_optinteger(L, 3, (lua_Integer)SIZE_MAX));
    test_server_settle(t);
    return 0;
}

/* server:drop(link): the network is lost. */
static int drop(lua_State *L)
{
    struct test_server *t = test_server_check(L);
    loopback_destroy(check_link(L, t), t->now_ns);
    t->links[lua_tointeger(L, 2) - 1] = NULL;
    test_server_settle(t);
    return 0;
}

/* --- HTTP --- */

/* server:request(method, path, query, headers, body): its number. */
static int request(lua_State *L)
{
    struct test_server *t = test_server_check(L);
    struct http_header headers[HEADERS_MAX];
    struct http_request parts = {.method = check_slice(L, 2),
                                 .path = check_slice(L, 3),
                                 .query = check_slice(L, 4),
                                 .remote_addr = SLICE("127.0.0.1"),
                                 .headers = headers};
    struct slice body = check_slice(L, 6);
    parts.header_count = check_headers(L, 5, headers);

    size_t size = (t->request_count + 1) * sizeof(struct loopback_http *);
    t->requests = (struct loopback_http **)mem_realloc(t->requests, size);
    struct loopback_http *made = (struct loopback_http *)mem_zalloc(sizeof(*made));
    t->requests[t->request_count++] = made;
    loopback_http_start(made, t->server, &parts, body, t->now_ns);
    test_server_settle(t);
    lua_pushinteger(L, (lua_Integer)t->request_count);
    return 1;
}

static void forget_request(struct test_server *t, size_t index)
{
    loopback_http_dispose(t->requests[index]);
    mem_free(t->requests[index]);
    t->requests[index] = NULL;
}

/* server:response(request): status, headers as lines, body, once; nil as long as there is none. */
static int response(lua_State *L)
{
    struct test_server *t = test_server_check(L);
    lua_Integer number = luaL_checkinteger(L, 2);
    luaL_argcheck(L, number >= 1 && (size_t)number <= t->request_count && t->requests[number - 1],
                  2, "this request is over");
    struct loopback_http *h = t->requests[number - 1];
    if (!h->done)
        return 0;
    lua_pushinteger(L, h->status);
    lua_pushlstring(L, h->headers.len ? h->headers.ptr : "", h->headers.len);
    lua_pushlstring(L, h->body.len ? h->body.ptr : "", h->body.len);
    forget_request(t, (size_t)number - 1);
    return 3;
}

/* --- the end --- */

void test_link_close_all(struct test_server *t)
{
    for (size_t i = 0; i < t->link_count; i++) {
        if (t->links[i])
            loopback_destroy(t->links[i], t->now_ns);
    }
    for (size_t i = 0; i < t->request_count; i++) {
        if (t->requests[i])
            forget_request(t, i);
    }
    mem_free(t->links);
    mem_free(t->requests);
    t->links = NULL;
    t->requests = NULL;
    t->link_count = t->request_count = 0;
}

const luaL_Reg *test_link_methods(void)
{
    static const luaL_Reg methods[] = {{"connect", connect}, {"send", send},         {"take", take},
                                       {"is_up", is_up},     {"throttle", throttle}, {"drop", drop},
                                       {"request", request}, {"response", response}, {NULL, NULL}};
    return methods;
}
