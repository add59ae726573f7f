/* Reads the command line: see cli.h.
 * One table has every option, so that parsing, complaints and --help cannot disagree.
 * It knows no key of the configuration: config_set_text does. */
#include "bindings/cli.h"

#include "core/base/nearest.h"
#include <stdarg.h>
#include <stdio.h>

struct option {
    const char *name;
    const char *argument; /* what stands behind it, for --help; NULL: nothing */
    const char *key;      /* of the configuration that it sets; NULL: the program's own */
    const char *help;
};

static const struct option options[] = {
    {"--host", "H", "host", "listen on this address (127.0.0.1; 0.0.0.0 for the whole network)"},
    {"--port", "P", "port", "listen on this port (5000; 0 lets the system pick)"},
    {"--debug", NULL, "debug", "errors on the pages, which refresh themselves; debug log"},
    {"--no-reload", NULL, NULL, "keep the code that was loaded when files change"},
    {"--sandbox", NULL, NULL, "take files, programs and C modules away from the script"},
    {"--config", "FILE", NULL, "settings from a file: lines `key = value`, # for comments"},
    {"--set", "KEY=VALUE", NULL, "one setting, as mw.config in the script would have it"},
    {"--log-format", "FORMAT", NULL, "text (as it is), or json: one object a line"},
    {"--console", "PATH", "console", "the socket of its console; off for none (auto: see console)"},
    {"--socket", "PATH", NULL, "of console: the server to attach to (--port does, too)"},
    {"-e", "CODE", NULL, "of console: evaluate this, and leave"},
    {"--help", NULL, NULL, "this"},
    {"--version", NULL, NULL, "the version"},
};

#define OPTION_COUNT (sizeof(options) / sizeof(*options))

struct parse {
    struct cli *cli;
    const char *const *at; /* the argument that is read */
    struct buf *error;
};

/* Appends the message; false, for the caller to return. */
__attribute__((format(printf, 2, 3))) static bool refuse(struct buf *error, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    buf_append_str(error, text);
    return false;
}

static void add_setting(struct cli *cli, const char *option, struct slice key, struct slice value)
{
    size_t size = (cli->setting_count + 1) * sizeof(*cli->settings);
    cli->settings = (struct cli_setting *)mem_realloc(cli->settings, size);
    cli->settings[cli->setting_count++] = (struct cli_setting){option, key, value};
}

static bool refuse_unknown(struct parse *p, struct slice name)
{
    const char *names[OPTION_COUNT + 1] = {NULL};
    for (size_t i = 0; i < OPTION_COUNT; i++)
        names[i] = options[i].name;
    const char *nearest = nearest_find(name, names);
    if (nearest)
        return refuse(p->error, "there is no option %.*s; did you mean %s?", SLICE_ARG(name),
                      nearest);
    return refuse(p->error, "there is no option %.*s; moonwire --help lists them", SLICE_ARG(name));
}

static const struct option *find_option(struct slice name)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (slice_equal(name, slice_str(options[i].name)))
            return &options[i];
    }
    return NULL;
}

static bool parse_set(struct parse *p, struct slice text)
{
    size_t equals = slice_index(text, '=');
    if (equals == 0 || equals == text.len)
        return refuse(p->error, "--set wants KEY=VALUE, as in --set ping_interval=10, not \"%.*s\"",
                      SLICE_ARG(text));
    add_setting(p->cli, "--set", slice_make(text.ptr, equals), slice_skip(text, equals + 1));
    return true;
}

static bool parse_log_format(struct parse *p, struct slice text)
{
    p->cli->json_log = slice_equal(text, SLICE("json"));
    if (p->cli->json_log || slice_equal(text, SLICE("text")))
        return true;
    return refuse(p->error, "--log-format is text or json, not \"%.*s\"", SLICE_ARG(text));
}

/* An option of the program's own. */
static bool apply_own(struct parse *p, const struct option *o, struct slice value)
{
    struct slice name = slice_str(o->name);
    if (slice_equal(name, SLICE("--set")))
        return parse_set(p, value);
    if (slice_equal(name, SLICE("--log-format")))
        return parse_log_format(p, value);
    if (slice_equal(name, SLICE("--config")))
        p->cli->config_file = value.ptr;
    else if (slice_equal(name, SLICE("--socket")))
        p->cli->socket = value.ptr;
    else if (slice_equal(name, SLICE("-e")))
        p->cli->code = value.ptr;
    else if (slice_equal(name, SLICE("--no-reload")))
        p->cli->reload = false;
    else if (slice_equal(name, SLICE("--sandbox")))
        p->cli->sandbox = true;
    else
        p->cli->command = slice_equal(name, SLICE("--help")) ? CLI_HELP : CLI_VERSION;
    return true;
}

/* --name, --name value or --name=value; moves on to what it read last. */
static bool parse_option(struct parse *p)
{
    struct slice whole = slice_str(*p->at);
    struct slice name = slice_make(whole.ptr, slice_index(whole, '='));
    bool has_value = name.len < whole.len;
    const struct option *o = find_option(name);

    if (!o)
        return refuse_unknown(p, name);
    if (!o->argument && has_value)
        return refuse(p->error, "%s takes no value", o->name);
    if (o->argument && !has_value && !p->at[1])
        return refuse(p->error, "%s wants %s behind it", o->name, o->argument);
    struct slice value = SLICE("true");
    if (o->argument)
        value = has_value ? slice_skip(whole, name.len + 1) : slice_str(*++p->at);
    if (!o->key)
        return apply_own(p, o, value);
    add_setting(p->cli, o->name, slice_str(o->key), value);
    return true;
}

static const char *target_name(enum cli_command command)
{
    return command == CLI_NEW ? "the folder to make" : "a script";
}

/* `chek game.lua` is a misspelt command rather than two scripts. */
static bool refuse_word(struct parse *p)
{
    static const char *const commands[] = {"check", "new", "console", NULL};
    const char *target = p->cli->target;
    if (p->cli->command == CLI_CONSOLE)
        return refuse(p->error,
                      "console takes no script, but the server to attach to: --port or --socket, "
                      "not \"%s\"",
                      *p->at);
    const char *nearest = nearest_find(slice_str(target), commands);
    if (p->cli->command == CLI_SERVE && nearest)
        return refuse(p->error, "there is no command %s; did you mean moonwire %s %s?", target,
                      nearest, *p->at);
    return refuse(p->error, "\"%s\" is one argument too many: %s, \"%s\", was given already",
                  *p->at, target_name(p->cli->command), target);
}

static bool parse_word(struct parse *p, bool first)
{
    struct slice word = slice_str(*p->at);
    if (first && slice_equal(word, SLICE("check"))) {
        p->cli->command = CLI_CHECK;
    } else if (first && slice_equal(word, SLICE("new"))) {
        p->cli->command = CLI_NEW;
    } else if (first && slice_equal(word, SLICE("console"))) {
        p->cli->command = CLI_CONSOLE;
    } else if (p->cli->target || p->cli->command == CLI_CONSOLE) {
        return refuse_word(p);
    } else {
        p->cli->target = *p->at;
    }
    return true;
}

static bool check_complete(struct parse *p)
{
    if ((p->cli->socket || p->cli->code) && p->cli->command != CLI_CONSOLE)
        return refuse(p->error, "%s belongs to the console: moonwire console %s",
                      p->cli->socket ? "--socket" : "-e",
                      p->cli->socket ? "--socket PATH" : "-e CODE");
    switch (p->cli->command) {
    case CLI_HELP:
    case CLI_VERSION:
    case CLI_CONSOLE:
        return true;
    case CLI_NEW:
        if (p->cli->target)
            return true;
        return refuse(p->error, "new wants the folder to make: moonwire new my-game");
    case CLI_CHECK:
        if (p->cli->target)
            return true;
        return refuse(p->error, "check wants a script: moonwire check scripts/game.lua");
    case CLI_SERVE:
        break;
    }
    if (p->cli->target)
        return true;
    return refuse(p->error, "no SCRIPT was given: moonwire scripts/game.lua, or moonwire new DIR "
                            "for a project to start from");
}

bool cli_parse(struct cli *cli, int argc, const char *const *argv, struct buf *out_error)
{
    struct parse p = {.cli = cli, .error = out_error};
    bool first = true;

    *cli = (struct cli){.command = CLI_SERVE, .reload = true};
    for (p.at = argv + (argc > 0); *p.at; p.at++) {
        bool is_option = (*p.at)[0] == '-' && (*p.at)[1];
        if (is_option ? !parse_option(&p) : !parse_word(&p, first))
            return false;
        if (cli->command == CLI_HELP || cli->command == CLI_VERSION)
            return true;
        first = first && is_option;
    }
    return check_complete(&p);
}

void cli_dispose(struct cli *cli)
{
    mem_free(cli->settings);
    cli->settings = NULL;
}

/* --- help --- */

static void put_keys(struct buf *out)
{
    size_t column = 0;
    for (const char *const *key = config_keys(); *key; key++) {
        if (column + strlen(*key) + 2 > 74 || column == 0) {
            buf_append_str(out, column ? ",\n  " : "  ");
            column = 0;
        } else {
            buf_append_str(out, ", ");
        }
        buf_append_str(out, *key);
        column += strlen(*key) + 2;
    }
    buf_append_str(out, "\n");
}

void cli_help(struct buf *out)
{
    buf_append_str(out,
                   "usage: moonwire SCRIPT [options]        serve a script\n"
                   "       moonwire check SCRIPT            load it and list what it registers\n"
                   "       moonwire console [options]       evaluate Lua in the server that runs\n"
                   "       moonwire new DIR                 make a project to start from\n"
                   "       moonwire --version | --help\n\noptions:\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char usage[40];
        snprintf(usage, sizeof(usage), "%s %s", options[i].name,
                 options[i].argument ? options[i].argument : "");
        buf_printf(out, "  %-21s %s\n", usage, options[i].help);
    }
    buf_append_str(out, "\nThe options win over --config, and both over mw.config in the script.\n"
                        "Keys for --set and --config:\n");
    put_keys(out);
    buf_append_str(out,
                   "\nStandard output is what the script prints; the log goes to standard error.\n"
                   "Exit status: 0 after SIGINT or SIGTERM, 1 if the script or the server cannot\n"
                   "start, 2 for a wrong command line.\n");
}
