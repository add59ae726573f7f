/* One block of bytes: the name, the JSON, the attachments, one behind the other. */
#include "bindings/event_record.h"
#include <assert.h>

#define KEEP 4096

void event_record_reset(struct event_record *r)
{
    r->name = (struct slice){NULL, 0};
    r->payload = (struct value_source){0};
    buf_reset(&r->_bytes, KEEP);
}

void event_record_dispose(struct event_record *r)
{
    buf_dispose(&r->_bytes);
}

/* A view of the next `len` bytes of the block. */
static struct slice take(const char **at, size_t len)
{
    struct slice taken = slice_make(*at, len);
    *at += len;
    return taken;
}

void event_record_set(struct event_record *r, struct slice name, const struct value_source *payload,
                      unsigned skip)
{
    assert(payload->attachment_count <= SIO_ATTACHMENTS_MAX);
    buf_reset(&r->_bytes, KEEP);
    buf_append_slice(&r->_bytes, name);
    buf_append_slice(&r->_bytes, payload->json);
    for (size_t i = 0; i < payload->attachment_count; i++)
        buf_append_slice(&r->_bytes, payload->attachments[i]);
    const char *at = r->_bytes.ptr;
    r->name = take(&at, name.len);
    r->payload = (struct value_source){.json = take(&at, payload->json.len),
                                       .attachments = r->_attachments,
                                       .attachment_count = payload->attachment_count};
    for (size_t i = 0; i < payload->attachment_count; i++)
        r->_attachments[i] = take(&at, payload->attachments[i].len);
    r->skip = skip;
}

void event_record_move(struct event_record *from, struct event_record *to)
{
    struct buf spare = to->_bytes;
    *to = *from;
    to->payload.attachments = to->_attachments;
    from->_bytes = spare;
    event_record_reset(from);
}

/* The `count` values on top become one array. [-count, +1] */
static void pack(struct value_codec *c, lua_State *L, int count)
{
    lua_createtable(L, count, 0);
    lua_insert(L, -count - 1);
    int list = lua_gettop(L) - count;
    for (int i = count; i >= 1; i--)
        lua_rawseti(L, list, i);
    value_mark_array(c, L, list);
}

void event_record_push(const struct event_record *r, struct value_codec *c, lua_State *L)
{
    int count = 0;
    if (!r->name.ptr) {
        lua_pushnil(L);
        return;
    }
    if (r->payload.json.len && value_read_list(c, L, &r->payload, r->skip, &count) != VALUE_OK)
        count = 0;
    pack(c, L, count);
    lua_createtable(L, 0, 2);
    lua_insert(L, -2);
    lua_setfield(L, -2, "args");
    lua_pushlstring(L, r->name.ptr, r->name.len);
    lua_setfield(L, -2, "message");
}
