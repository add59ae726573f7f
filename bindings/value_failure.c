/* Puts the sentence together that says which value cannot be written, and why.
 * The writer keeps no path while it goes well; a step is added by each level that a failure passes
 * on its way out. */
#include "bindings/value_failure.h"

#include "core/codec/utf8.h"

#define KEY_MAX 40 /* bytes of a key that are shown */

/* The reason; the path is put in front of it on the way out. */
bool value_fail(struct value_codec *c, const char *reason)
{
    buf_reset(&c->path, 1024);
    buf_append_str(&c->path, reason);
    return false;
}

void value_prepend(struct buf *b, const char *text, size_t len)
{
    buf_reserve(b, len);
    memmove(b->ptr + len, b->ptr, b->len);
    memcpy(b->ptr, text, len);
    b->len += len;
}

static bool is_identifier(const char *text, size_t len)
{
    if (len == 0 || len > KEY_MAX || (*text >= '0' && *text <= '9'))
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = (char)(text[i] | 0x20);
        if (!(c >= 'a' && c <= 'z') && !(text[i] >= '0' && text[i] <= '9') && text[i] != '_')
            return false;
    }
    return true;
}

/* Whole characters of at most KEY_MAX bytes. */
static size_t shown_length(const char *key, size_t len)
{
    return utf8_valid_prefix(slice_make(key, len < KEY_MAX ? len : KEY_MAX));
}

/* A step of the path: the key at `index`, which is a string or a number. */
bool value_fail_at_key(struct value_codec *c, lua_State *L, int index)
{
    char step[80];
    int len;
    size_t key_len = 0;
    const char *key = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &key_len) : NULL;
    if (!key)
        len = snprintf(step, sizeof(step), "[%.14g]", lua_tonumber(L, index));
    else if (is_identifier(key, key_len))
        len = snprintf(step, sizeof(step), ".%s", key);
    else
        len = snprintf(step, sizeof(step), "[\"%.*s\"]", (int)shown_length(key, key_len), key);
    value_prepend(&c->_steps, step, (size_t)len);
    return false;
}

bool value_fail_at_index(struct value_codec *c, lua_Integer at)
{
    char step[32];
    value_prepend(&c->_steps, step, (size_t)snprintf(step, sizeof(step), "[%lld]", (long long)at));
    return false;
}
