/* See debug_changes.h. */
#include "bindings/debug_changes.h"

#include "bindings/debug_json.h"
#include "core/codec/number.h"

#define PATH_MAX_SHOWN 4096

static struct debug_change *slot(const struct debug_changes *c, size_t i)
{
    return (struct debug_change *)&c->_ring[i % DEBUG_CHANGES_MAX];
}

void debug_changes_init(struct debug_changes *c)
{
    struct ident_source random = {0};
    *c = (struct debug_changes){0};
    ident_make(&random, c->epoch);
}

void debug_changes_dispose(struct debug_changes *c)
{
    for (size_t i = 0; i < DEBUG_CHANGES_MAX; i++)
        mem_free(c->_ring[i].path);
}

void debug_changes_add(struct debug_changes *c, enum debug_change_kind kind, const char *path)
{
    struct debug_change *to = slot(c, c->_count++);
    c->_lost = to->number;
    mem_free(to->path);
    *to = (struct debug_change){++c->last, kind, mem_dup(path, strlen(path))};
}

void debug_changes_put_seen(const struct debug_changes *c, struct buf *out)
{
    buf_printf(out, "%s.%llu", c->epoch, (unsigned long long)c->last);
}

bool debug_changes_read_seen(const struct debug_changes *c, struct slice text, uint64_t *out)
{
    struct number number;
    if (text.len <= IDENT_LEN || text.ptr[IDENT_LEN] != '.' ||
        !slice_equal(slice_make(text.ptr, IDENT_LEN), slice_str(c->epoch)) ||
        !number_parse(slice_skip(text, IDENT_LEN + 1), &number) || !number.is_int)
        return false;
    *out = (uint64_t)number.i;
    return *out <= c->last;
}

static const char *kind_name(enum debug_change_kind kind)
{
    switch (kind) {
    case DEBUG_CHANGE_TEMPLATE:
        return "template";
    case DEBUG_CHANGE_PIECE:
        return "piece";
    case DEBUG_CHANGE_FILE:
        return "file";
    case DEBUG_CHANGE_SCRIPT:
        break;
    }
    return "script";
}

void debug_changes_put_json(const struct debug_changes *c, uint64_t seen, struct buf *out)
{
    size_t at = c->_count > DEBUG_CHANGES_MAX ? c->_count - DEBUG_CHANGES_MAX : 0;
    size_t from = out->len;
    if (c->_lost > seen) {
        buf_append_str(out, "null");
        return;
    }
    buf_append_char(out, '[');
    for (; at < c->_count; at++) {
        if (slot(c, at)->number <= seen)
            continue;
        buf_append_str(out, out->len == from + 1 ? "{" : ",{");
        debug_json_put_field(out, "path", slice_str(slot(c, at)->path), PATH_MAX_SHOWN);
        buf_printf(out, "\"kind\":\"%s\"}", kind_name(slot(c, at)->kind));
    }
    buf_append_char(out, ']');
}
