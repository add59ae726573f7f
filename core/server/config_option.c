/* The rows of the configuration, in the order of the manual.
 * A list of rows and not a plain array, because the names are wanted twice: in the table, and alone
 * for whoever looks for the nearest one. Checks no value. */
#include "core/server/config_option.h"

#include "core/codec/json.h"

#define OPTIONS(ROW)                                                                               \
    ROW(host, CONFIG_STRING, .normal = "127.0.0.1", .shape = config_shape_text,                    \
        .wanted = "an address or a host name", .restart = true)                                    \
    ROW(port, CONFIG_INTEGER, .normal = "5000", .least = 0, .most = 65535, .restart = true)        \
    ROW(path, CONFIG_STRING, .normal = "/socket.io", .shape = config_shape_path,                   \
        .wanted = "a path that begins with \"/\", as in \"/socket.io\"", .restart = true)          \
    ROW(cors_allowed_origins, CONFIG_LIST, .shape = config_shape_origin,                           \
        .wanted = "\"*\" (any), a list of origins as in \"https://example.com:8080\" (scheme, "    \
                  "host, port, no path), or false (only the page's own)")                          \
    ROW(trusted_proxies, CONFIG_LIST, .shape = config_shape_addresses,                             \
        .wanted = "a list of addresses and ranges as in \"127.0.0.1\" and \"10.0.0.0/8\", or "     \
                  "false (none)")                                                                  \
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
    ROW(connection_state_recovery, CONFIG_NUMBER, .normal = "0", .least = 0, .most = 86400,        \
        .unit = "seconds", .restart = true)                                                        \
    ROW(recovery_buffer_size, CONFIG_NUMBER, .normal = "1e6", .least = 1, .most = 1e9,             \
        .unit = "bytes")                                                                           \
    ROW(parser, CONFIG_STRING, .normal = "json", .shape = config_shape_parser,                     \
        .wanted = "\"json\" or \"msgpack\"", .restart = true)                                      \
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
    ROW(console, CONFIG_STRING, .normal = "auto", .off = "off", .shape = config_shape_text,        \
        .wanted = "the path of a socket, \"auto\" (one in a folder of its own) or \"off\"",        \
        .restart = true)                                                                           \
    ROW(debug, CONFIG_BOOL, .normal = "false")

#define TABLE_ROW(key, kind, ...)                                                                  \
    {.name = #key, .type = kind, .at = offsetof(struct config, key), __VA_ARGS__},
#define NAME_ROW(key, ...) #key,

static const struct config_option options[] = {OPTIONS(TABLE_ROW)};
static const char *const names[] = {OPTIONS(NAME_ROW) NULL};

#define OPTION_COUNT (sizeof(options) / sizeof(*options))

const struct config_option *config_option_find(struct slice key)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (slice_equal(key, slice_str(options[i].name)))
            return &options[i];
    return NULL;
}

const struct config_option *config_option_at(size_t i)
{
    return i < OPTION_COUNT ? &options[i] : NULL;
}

void config_option_put_wanted(const struct config_option *o, struct buf *out)
{
    if (config_option_is_text(o)) {
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
    json_put_double(out, o->least);
    buf_append_str(out, " and ");
    json_put_double(out, o->most);
}

bool config_needs_restart(struct slice key)
{
    const struct config_option *o = config_option_find(key);
    return o && o->restart;
}

const char *const *config_keys(void)
{
    return names;
}
