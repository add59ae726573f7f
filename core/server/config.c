/* The configuration: one table of keys, and the setters that read it.
 * Every limit of the server is a row here, with its type, range, unit and default, so that nothing
 * about an option is written twice. Knows no file format. */
#include "core/server/config.h"

#include "core/base/nearest.h"
#include "core/codec/number.h"
#include "core/server/config_shape.h"

#include <assert.h>
#include <math.h>

struct option {
    const char *name;
    enum config_type type;
    size_t at;              /* of the field in struct config */
    const char *normal;     /* the default, as config_set_text takes it; NULL: none */
    double least, most;     /* of numbers */
    const char *unit;       /* of numbers; NULL: a mere count */
    config_shape_fn *shape; /* of texts and of each text of a list */
    const char *wanted;     /* of texts and lists: "must be …" */
    bool restart;           /* a change waits for the next start */
};

/* The rows, in the order of the manual: once for the table and once for the list of names. */
#define OPTIONS(ROW)                                                                               \
    ROW(host, CONFIG_STRING, .normal = "127.0.0.1", .shape = config_shape_text,                    \
        .wanted = "an address or a host name", .restart = true)                                    \
    ROW(port, CONFIG_INTEGER, .normal = "5000", .least = 0, .most = 65535, .restart = true)        \
    ROW(path, CONFIG_STRING, .normal = "/socket.io", .shape = config_shape_path,                   \
        .wanted = "a path that begins with \"/\", as in \"/socket.io\"", .restart = true)          \
    ROW(cors_allowed_origins, CONFIG_LIST, .shape = config_shape_origin,                           \
        .wanted = "\"*\" (any), a list of origins as in \"https://example.com:8080\" (scheme, "    \
                  "host, port, no path), or false (only the page's own)")                          \
    ROW(ping_interval, CONFIG_NUMBER, .normal = "25", .least = 0.1, .most = 86400,                 \
        .unit = "seconds")                                                                         \
    ROW(ping_timeout, CONFIG_NUMBER, .normal = "20", .least = 0.1, .most = 86400,                  \
        .unit = "seconds")                                                                         \
    ROW(max_http_buffer_size, CONFIG_NUMBER, .normal = "1e6", .least = 1, .most = 1e9,             \
        .unit = "bytes")                                                                           \
    ROW(connect_timeout, CONFIG_NUMBER, .normal = "45", .least = 0.1, .most = 86400,               \
        .unit = "seconds")                                                                         \
    ROW(upgrade_timeout, CONFIG_NUMBER, .normal = "10", .least = 0.1, .most = 86400,               \
        .unit = "seconds")                                                                         \
    ROW(transports, CONFIG_LIST, .normal = "polling,websocket", .shape = config_shape_transport,   \
        .wanted = "a list of \"polling\" and \"websocket\"")                                       \
    ROW(allow_upgrades, CONFIG_BOOL, .normal = "true")                                             \
    ROW(allow_eio3, CONFIG_BOOL, .normal = "true")                                                 \
    ROW(cookie, CONFIG_STRING, .shape = config_shape_token,                                        \
        .wanted = "the name of a cookie, as in \"io\", or false")                                  \
    ROW(per_message_deflate, CONFIG_BOOL, .normal = "false", .restart = true)                      \
    ROW(max_clients, CONFIG_INTEGER, .normal = "15000", .least = 1, .most = 1e6)                   \
    ROW(send_queue_limit, CONFIG_NUMBER, .normal = "16e6", .least = 1, .most = 1e9,                \
        .unit = "bytes")                                                                           \
    ROW(handler_timeout, CONFIG_NUMBER, .normal = "1", .least = 0.001, .most = 86400,              \
        .unit = "seconds")                                                                         \
    ROW(memory_limit, CONFIG_NUMBER, .normal = "1e9", .least = 0, .most = 1e12, .unit = "bytes")   \
    ROW(tls_cert, CONFIG_STRING, .shape = config_shape_text,                                       \
        .wanted = "the path of a PEM file, or false", .restart = true)                             \
    ROW(tls_key, CONFIG_STRING, .shape = config_shape_text,                                        \
        .wanted = "the path of a PEM file, or false", .restart = true)                             \
    ROW(message_queue, CONFIG_STRING, .shape = config_shape_text,                                  \
        .wanted = "a URL, as in \"redis://127.0.0.1:6379\", or false", .restart = true)            \
    ROW(secret_key, CONFIG_STRING, .shape = config_shape_text,                                     \
        .wanted = "a text that nobody can guess, or false")                                        \
    ROW(static_folder, CONFIG_STRING, .shape = config_shape_text,                                  \
        .wanted = "the path of a folder, or false")                                                \
    ROW(static_url_path, CONFIG_STRING, .normal = "/static", .shape = config_shape_path,           \
        .wanted = "a path that begins with \"/\", as in \"/static\"")                              \
    ROW(template_folder, CONFIG_STRING, .shape = config_shape_text,                                \
        .wanted = "the path of a folder, or false")                                                \
    ROW(debug, CONFIG_BOOL, .normal = "false")

#define TABLE_ROW(key, kind, ...)                                                                  \
    {.name = #key, .type = kind, .at = offsetof(struct config, key), __VA_ARGS__},
#define NAME_ROW(key, ...) #key,

static const struct option options[] = {OPTIONS(TABLE_ROW)};
static const char *const names[] = {OPTIONS(NAME_ROW) NULL};

#define OPTION_COUNT (sizeof(options) / sizeof(*options))

static void *field(struct config *c, const struct option *o)
{
    return (char *)c + o->at;
}

static bool is_text(const struct option *o)
{
    return o->type == CONFIG_STRING || o->type == CONFIG_LIST;
}

static const struct option *find(struct slice key)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (slice_equal(key, slice_str(options[i].name)))
            return &options[i];
    return NULL;
}

static void put_number(struct buf *out, double value)
{
    if (!isfinite(value)) {
        buf_append_str(out, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return;
    }
    char *to = buf_reserve(out, NUMBER_TEXT_MAX);
    out->len += number_put_double(to, value);
}

static void put_wanted(struct buf *out, const struct option *o)
{
    if (is_text(o)) {
        buf_append_str(out, o->wanted);
        return;
    }
    if (o->type == CONFIG_BOOL) {
        buf_append_str(out, "true or false");
        return;
    }
    buf_append_str(out, o->type == CONFIG_INTEGER ? "a whole number" : "a number");
    if (o->unit)
        buf_printf(out, " of %s", o->unit);
    buf_append_str(out, " between ");
    put_number(out, o->least);
    buf_append_str(out, " and ");
    put_number(out, o->most);
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
        buf_printf(out, "\"%.*s\"", SLICE_ARG(value->text));
        break;
    case CONFIG_LIST:
        buf_append_str(out, value->list_len ? "a list" : "an empty list");
        break;
    }
}

/* "KEY must be WANTED, not VALUE"; false, for the caller to return. */
static bool refuse(const struct option *o, const struct config_value *value, struct buf *out_error)
{
    buf_printf(out_error, "%s must be ", o->name);
    put_wanted(out_error, o);
    buf_append_str(out_error, ", not ");
    put_value(out_error, value);
    return false;
}

static bool refuse_text(const struct option *o, struct slice text, struct buf *out_error)
{
    struct config_value value = {.type = CONFIG_STRING, .text = text};
    return refuse(o, &value, out_error);
}

static bool refuse_key(struct slice key, struct buf *out_error)
{
    const char *nearest = nearest_find(key, names);

    buf_printf(out_error, "unknown option \"%.*s\": ", SLICE_ARG(key));
    if (nearest) {
        buf_printf(out_error, "did you mean \"%s\"?", nearest);
        return false;
    }
    buf_append_str(out_error, "the options are ");
    for (size_t i = 0; i < OPTION_COUNT; i++)
        buf_printf(out_error, "%s%s", i ? ", " : "", options[i].name);
    return false;
}

static bool set_bool(struct config *c, const struct option *o, const struct config_value *value,
                     struct buf *out_error)
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

static bool set_number(struct config *c, const struct option *o, const struct config_value *value,
                       struct buf *out_error)
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

static void keep_text(struct config *c, const struct option *o, struct slice text)
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
static bool add_text(const struct option *o, struct slice text, struct buf *lines)
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

static bool set_texts(struct config *c, const struct option *o, const struct slice *texts,
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

static bool set_text(struct config *c, const struct option *o, const struct config_value *value,
                     struct buf *out_error)
{
    if (value->type == CONFIG_BOOL && !value->boolean && !o->normal) {
        keep_text(c, o, SLICE(""));
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

    memset(c, 0, sizeof(*c));
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const char *normal = options[i].normal;
        bool ok =
            !normal || config_set_text(c, slice_str(options[i].name), slice_str(normal), &error);
        assert(ok);
        (void)ok;
    }
    buf_dispose(&error);
}

void config_dispose(struct config *c)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (is_text(&options[i]))
            mem_free(*(char **)field(c, &options[i]));
    memset(c, 0, sizeof(*c));
}

bool config_set(struct config *c, struct slice key, const struct config_value *value,
                struct buf *out_error)
{
    const struct option *o = find(key);

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

bool config_set_text(struct config *c, struct slice key, struct slice text, struct buf *out_error)
{
    const struct option *o = find(key);
    struct config_value value = {.type = CONFIG_STRING, .text = text};

    if (o && is_text(o) && (text.len == 0 || slice_equal(text, SLICE("false"))))
        value = (struct config_value){.type = CONFIG_BOOL};
    if (!o || o->type != CONFIG_LIST || value.type != CONFIG_STRING)
        return config_set(c, key, &value, out_error);
    struct slice *list = split(text, &value.list_len);
    value.type = CONFIG_LIST;
    value.list = list;
    bool ok = config_set(c, key, &value, out_error);
    mem_free(list);
    return ok;
}

bool config_check(const struct config *c, struct buf *out_error)
{
    if (!c->tls_cert != !c->tls_key) {
        const char *has = c->tls_cert ? "tls_cert" : "tls_key";
        const char *needs = c->tls_cert ? "tls_key" : "tls_cert";
        buf_printf(out_error, "%s needs %s: TLS takes both files, or neither", has, needs);
        return false;
    }
    if (strcmp(c->path, c->static_url_path) == 0) {
        buf_printf(out_error, "path and static_url_path must differ: both are \"%s\"", c->path);
        return false;
    }
    return true;
}

bool config_needs_restart(struct slice key)
{
    const struct option *o = find(key);
    return o && o->restart;
}

const char *const *config_keys(void)
{
    return names;
}
