/* Setting options, one value at a time, and refusing what is wrong in whole sentences.
 * Values come from Lua, the command line and files, so every type is turned into the option's own
 * here and nowhere else. The options themselves are in config_option.c. Knows no file format. */
#include "core/server/config.h"

#include "core/base/nearest.h"
#include "core/codec/json.h"
#include "core/codec/number.h"
#include "core/server/config_option.h"

#include <assert.h>
#include <math.h>

static void *field(struct config *c, const struct config_option *o)
{
    return (char *)c + o->at;
}

static void put_number(struct buf *out, double value)
{
    if (isfinite(value))
        json_put_double(out, value);
    else
        buf_append_str(out, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
}

/* In quotes, with control characters escaped: it goes to a terminal. */
static void put_quoted(struct buf *out, struct slice text)
{
    if (!json_put_string(out, text))
        buf_append_str(out, "a text that is not UTF-8");
}

static void put_value(struct buf *out, const struct config_value *value)
{
    switch (value->type) {
    case CONFIG_BOOL:
        buf_append_str(out, value->boolean ? "true" : "false");
        break;
    case CONFIG_INTEGER:
    case CONFIG_NUMBER:
        put_number(out, value->number);
        break;
    case CONFIG_STRING:
        put_quoted(out, value->text);
        break;
    case CONFIG_LIST:
        buf_append_str(out, value->list_len ? "a list" : "an empty list");
        break;
    }
}

/* "KEY must be WANTED, not VALUE"; false, for the caller to return. */
static bool refuse(const struct config_option *o, const struct config_value *value,
                   struct buf *out_error)
{
    buf_printf(out_error, "%s must be ", o->name);
    config_option_put_wanted(o, out_error);
    buf_append_str(out_error, ", not ");
    put_value(out_error, value);
    return false;
}

static bool refuse_text(const struct config_option *o, struct slice text, struct buf *out_error)
{
    struct config_value value = {.type = CONFIG_STRING, .text = text};
    return refuse(o, &value, out_error);
}

static bool refuse_key(struct slice key, struct buf *out_error)
{
    const char *nearest = nearest_find(key, config_keys());

    buf_append_str(out_error, "unknown option ");
    put_quoted(out_error, key);
    if (nearest) {
        buf_printf(out_error, ": did you mean \"%s\"?", nearest);
        return false;
    }
    buf_append_str(out_error, ": the options are ");
    for (const char *const *each = config_keys(); *each; each++)
        buf_printf(out_error, "%s%s", each == config_keys() ? "" : ", ", *each);
    return false;
}

static bool set_bool(struct config *c, const struct config_option *o,
                     const struct config_value *value, struct buf *out_error)
{
    bool *to = field(c, o);

    if (value->type == CONFIG_BOOL)
        *to = value->boolean;
    else if (value->type == CONFIG_STRING && slice_equal(value->text, SLICE("true")))
        *to = true;
    else if (value->type == CONFIG_STRING && slice_equal(value->text, SLICE("false")))
        *to = false;
    else
        return refuse(o, value, out_error);
    return true;
}

/* A text is as good as a number: that is what the environment and the command line have. */
static bool read_number(const struct config_value *value, double *out)
{
    struct number number;

    if (value->type == CONFIG_INTEGER || value->type == CONFIG_NUMBER) {
        *out = value->number;
        return true;
    }
    if (value->type != CONFIG_STRING || !number_parse(value->text, &number))
        return false;
    *out = number.is_int ? (double)number.i : number.d;
    return true;
}

static bool set_number(struct config *c, const struct config_option *o,
                       const struct config_value *value, struct buf *out_error)
{
    double number;

    if (!read_number(value, &number) || !(number >= o->least && number <= o->most))
        return refuse(o, value, out_error);
    if (o->type == CONFIG_NUMBER) {
        *(double *)field(c, o) = number;
        return true;
    }
    if (number != floor(number))
        return refuse(o, value, out_error);
    *(int64_t *)field(c, o) = (int64_t)number;
    return true;
}

static void keep_text(struct config *c, const struct config_option *o, struct slice text)
{
    char **to = field(c, o);
    mem_free(*to);
    *to = text.len ? mem_dup(text.ptr, text.len) : NULL;
}

static bool has_line(struct slice lines, struct slice line)
{
    while (lines.len) {
        size_t end = slice_index(lines, '\n');
        if (slice_equal(slice_make(lines.ptr, end), line))
            return true;
        lines = slice_skip(lines, end < lines.len ? end + 1 : end);
    }
    return false;
}

/* Adds one text to those that the new value is made of. A repeated one counts once, and "*" makes
 * all others needless. */
static bool add_text(const struct config_option *o, struct slice text, struct buf *lines)
{
    struct buf kept = BUF_INIT;
    bool ok = o->shape(text, &kept);
    bool all = has_line(buf_slice(lines), SLICE("*"));

    if (ok && slice_equal(buf_slice(&kept), SLICE("*")))
        lines->len = 0;
    if (ok && !all && !has_line(buf_slice(lines), buf_slice(&kept))) {
        if (lines->len)
            buf_append_char(lines, '\n');
        buf_append_slice(lines, buf_slice(&kept));
    }
    buf_dispose(&kept);
    return ok;
}

static bool set_texts(struct config *c, const struct config_option *o, const struct slice *texts,
                      size_t count, struct buf *out_error)
{
    struct buf lines = BUF_INIT;
    size_t i = 0;

    while (i < count && add_text(o, texts[i], &lines))
        i++;
    if (i == count)
        keep_text(c, o, buf_slice(&lines));
    buf_dispose(&lines);
    return i == count || refuse_text(o, texts[i], out_error);
}

static bool set_text(struct config *c, const struct config_option *o,
                     const struct config_value *value, struct buf *out_error)
{
    if (value->type == CONFIG_BOOL && !value->boolean && config_option_takes_false(o)) {
        keep_text(c, o, slice_str(o->off));
        return true;
    }
    if (value->type == CONFIG_STRING)
        return set_texts(c, o, &value->text, 1, out_error);
    bool fits = o->type == CONFIG_LIST ? value->list_len > 0 : value->list_len == 1;
    if (value->type == CONFIG_LIST && fits)
        return set_texts(c, o, value->list, value->list_len, out_error);
    return refuse(o, value, out_error);
}

void config_init(struct config *c)
{
    struct buf error = BUF_INIT;
    const struct config_option *o;

    memset(c, 0, sizeof(*c));
    for (size_t i = 0; (o = config_option_at(i)); i++) {
        bool ok =
            !o->normal || config_set_text(c, slice_str(o->name), slice_str(o->normal), &error);
        assert(ok);
        (void)ok;
    }
    buf_dispose(&error);
}

void config_dispose(struct config *c)
{
    const struct config_option *o;

    for (size_t i = 0; (o = config_option_at(i)); i++)
        if (config_option_is_text(o))
            mem_free(*(char **)field(c, o));
    memset(c, 0, sizeof(*c));
}

bool config_set(struct config *c, struct slice key, const struct config_value *value,
                struct buf *out_error)
{
    const struct config_option *o = config_option_find(key);

    if (!o)
        return refuse_key(key, out_error);
    switch (o->type) {
    case CONFIG_BOOL:
        return set_bool(c, o, value, out_error);
    case CONFIG_INTEGER:
    case CONFIG_NUMBER:
        return set_number(c, o, value, out_error);
    case CONFIG_STRING:
    case CONFIG_LIST:
        return set_text(c, o, value, out_error);
    }
    return false;
}

/* The parts between commas. Returns a list that the caller frees. */
static struct slice *split(struct slice text, size_t *out_count)
{
    struct slice *list = mem_alloc((text.len + 1) * sizeof(*list));
    size_t count = 0;

    for (;;) {
        size_t end = slice_index(text, ',');
        list[count++] = slice_trim(slice_make(text.ptr, end));
        if (end == text.len)
            break;
        text = slice_skip(text, end + 1);
    }
    *out_count = count;
    return list;
}

static bool set_split(struct config *c, struct slice key, struct slice text, struct buf *out_error)
{
    struct config_value value = {.type = CONFIG_LIST};
    struct slice *list = split(text, &value.list_len);

    value.list = list;
    bool ok = config_set(c, key, &value, out_error);
    mem_free(list);
    return ok;
}

bool config_set_text(struct config *c, struct slice key, struct slice text, struct buf *out_error)
{
    const struct config_option *o = config_option_find(key);
    struct config_value value = {.type = CONFIG_STRING, .text = text};
    bool clears = text.len == 0 || slice_equal(text, SLICE("false"));

    if (o && clears && config_option_takes_false(o))
        value = (struct config_value){.type = CONFIG_BOOL};
    else if (o && o->type == CONFIG_LIST)
        return set_split(c, key, text, out_error);
    return config_set(c, key, &value, out_error);
}

bool config_check(const struct config *c, struct buf *out_error)
{
    if (!c->tls_cert != !c->tls_key) {
        const char *has = c->tls_cert ? "tls_cert" : "tls_key";
        const char *needs = c->tls_cert ? "tls_key" : "tls_cert";
        buf_printf(out_error, "%s needs %s: TLS takes both files, or neither", has, needs);
        return false;
    }
    if (c->message_queue) {
        buf_append_str(out_error,
                       "message_queue joins several servers, and this version serves from "
                       "one process: leave it out");
        return false;
    }
    if (strcmp(c->path, c->static_url_path) == 0) {
        buf_printf(out_error, "path and static_url_path must differ: both are \"%s\"", c->path);
        return false;
    }
    return true;
}

/* --- a change while the server runs --- */

static size_t field_size(const struct config_option *o)
{
    switch (o->type) {
    case CONFIG_BOOL:
        return sizeof(bool);
    case CONFIG_INTEGER:
        return sizeof(int64_t);
    case CONFIG_NUMBER:
        return sizeof(double);
    case CONFIG_STRING:
    case CONFIG_LIST:
        break;
    }
    return sizeof(char *);
}

static bool same_value(struct config *a, struct config *b, const struct config_option *o)
{
    if (!config_option_is_text(o))
        return memcmp(field(a, o), field(b, o), field_size(o)) == 0;
    const char *left = *(char **)field(a, o), *right = *(char **)field(b, o);
    return left && right ? strcmp(left, right) == 0 : left == right;
}

static void exchange_field(struct config *a, struct config *b, const struct config_option *o)
{
    char kept[sizeof(int64_t)];
    size_t size = field_size(o);
    memcpy(kept, field(a, o), size);
    memcpy(field(a, o), field(b, o), size);
    memcpy(field(b, o), kept, size);
}

void config_exchange(struct config *live, struct config *other, config_restart_fn *on_restart,
                     void *ud)
{
    const struct config_option *o;
    for (size_t i = 0; (o = config_option_at(i)); i++) {
        if (!o->restart)
            exchange_field(live, other, o);
        else if (on_restart && !same_value(live, other, o))
            on_restart(ud, o->name);
    }
}
