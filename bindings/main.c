/* The program: reads the command line and puts server, net and engine together.
 * It is one of the two composition roots (the other is test_server.c): only here do the layers
 * meet. What it says on standard output is the script's; its own words go to the log. Source:
 * API.md section 12. */
#include "bindings/cli.h"
#include "bindings/client_folder.h"
#include "bindings/console.h"
#include "bindings/debug.h"
#include "bindings/debug_visitor.h"
#include "bindings/engine.h"
#include "bindings/main_attach.h"
#include "bindings/main_compare.h"
#include "bindings/main_console.h"
#include "bindings/main_listing.h"
#include "bindings/main_log.h"
#include "bindings/main_new.h"
#include "bindings/main_watch.h"
#include "bindings/reload.h"
#include "core/base/nearest.h"
#include "core/net/net.h"
#include "core/net/output.h"
#include "core/net/static_files.h"
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum exit_status { EXIT_GOOD = 0, EXIT_SCRIPT = 1, EXIT_USAGE = 2 };

struct program {
    struct cli cli;
    struct output out;    /* standard output: the script's */
    struct main_log said; /* standard error: the program's own */
    struct engine *engine;
    struct server *server;
    struct file_server files;
    struct buf client_folder;
    struct reload_listener reload;
};

/* --- what it says --- */

static void print_to_stdout(void *ud, struct slice text)
{
    struct program *p = (struct program *)ud;
    struct buf line = BUF_INIT;
    buf_append_slice(&line, text);
    buf_append_char(&line, '\n');
    fflush(stdout); /* what io.write left there comes first */
    output_write(&p->out, buf_slice(&line));
    buf_dispose(&line);
}

/* What a console's evaluation prints is the console's. */
static void print_line(void *ud, struct slice text)
{
    const struct program *p = (const struct program *)ud;
    if (!console_print(engine_vm(p->engine), text))
        print_to_stdout(ud, text);
}

static void on_lost_prints(void *ud, size_t lines)
{
    struct program *p = (struct program *)ud;
    log_warning(&p->said.log,
                "nobody read standard output for a while: %zu lines of print are lost", lines);
}

/* Before there is a server an error is one message, without level and time, for who typed it. */
static void complain(struct program *p, const struct buf *message)
{
    if (p->cli.json_log)
        log_error(&p->said.log, "%.*s", SLICE_ARG(buf_slice(message)));
    else
        fprintf(stderr, "moonwire: %.*s\n", SLICE_ARG(buf_slice(message)));
}

static void say(struct buf *text)
{
    fwrite(text->ptr, 1, text->len, stdout);
    buf_dispose(text);
}

/* --- a script that cannot be read --- */

static bool is_script(const char *name)
{
    size_t len = strlen(name);
    return len > 4 && strcmp(name + len - 4, ".lua") == 0;
}

/* The nearest script in the folder; NULL. The caller frees it. */
static char *nearest_script(const char *folder, const char *name)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    const char **names =
        (const char **)mem_zalloc((size_t)(count > 0 ? count + 1 : 1) * sizeof(*names));
    size_t scripts = 0;
    for (int i = 0; i < count; i++) {
        if (is_script(entries[i]->d_name))
            names[scripts++] = entries[i]->d_name;
    }
    const char *nearest = nearest_find(slice_str(name), names);
    char *found = nearest ? mem_dup(nearest, strlen(nearest)) : NULL;
    for (int i = 0; i < count; i++)
        free(entries[i]);
    if (count >= 0)
        free(entries);
    mem_free(names);
    return found;
}

/* Is the script there? If not, the message names the path and what to give instead. */
static bool find_script(const char *path, struct buf *error)
{
    if (access(path, R_OK) == 0)
        return true;
    buf_printf(error, "cannot read the script %s: %s", path, strerror(errno));
    const char *slash = strrchr(path, '/');
    char *folder = slash ? mem_dup(path, (size_t)(slash - path) + 1) : mem_dup("./", 2);
    char *nearest = nearest_script(folder, slash ? slash + 1 : path);
    if (nearest)
        buf_printf(error, "; did you mean %s%s?", slash ? folder : "", nearest);
    else
        buf_append_str(error, "; give the path of a script, as in moonwire scripts/game.lua");
    mem_free(nearest);
    mem_free(folder);
    return false;
}

/* --- composition --- */

static int64_t read_clock(void *ud)
{
    return clock_now_ns();
}

static enum exit_status status_of(const struct program *p, bool loaded)
{
    if (loaded)
        return EXIT_GOOD;
    return p->cli.refused ? EXIT_USAGE : EXIT_SCRIPT;
}

/* The log tells as much as the configuration wants, which a reload may change. */
static void follow_debug(void *ud)
{
    struct program *p = (struct program *)ud;
    p->said.log.least = engine_settings(p->engine)->debug ? LOG_DEBUG : LOG_INFO;
}

static void make_server(struct program *p)
{
    struct config *config = engine_config(p->engine);
    follow_debug(p);
    static_files_init(&p->files);
    p->server = server_create(config, &(struct server_params){
                                          .log = &p->said.log,
                                          .dispatch = engine_dispatch(p->engine),
                                          .files = &p->files,
                                          .client_folder = buf_slice(&p->client_folder),
                                          .clock = read_clock,
                                      });
    engine_start(p->engine, p->server);
    p->reload = (struct reload_listener){.ud = p, .on_files = follow_debug};
    reload_news_add(reload_news(engine_reload(p->engine)), &p->reload);
}

/* The engine with the script loaded, and the server that it configured. */
static enum exit_status open_script(struct program *p)
{
    struct buf error = BUF_INIT;
    p->engine = engine_create(
        &(struct engine_params){.log = &p->said.log,
                                .on_print = print_line,
                                .print_ud = p,
                                .options = cli_configure,
                                .options_ud = &p->cli,
                                .clock = read_clock,
                                .sandbox = p->cli.sandbox,
                                .watched = p->cli.command == CLI_SERVE && p->cli.reload});
    bool loaded =
        find_script(p->cli.target, &error) && engine_load(p->engine, p->cli.target, &error);
    if (loaded)
        make_server(p);
    else
        complain(p, &error);
    buf_dispose(&error);
    return status_of(p, loaded);
}

static void close_script(struct program *p)
{
    if (p->server) {
        engine_stop(p->engine);
        server_destroy(p->server);
    }
    engine_destroy(p->engine);
}

/* --- the commands --- */

static void log_start(struct program *p)
{
    struct buf summary = BUF_INIT;
    const struct handlers *set = engine_live(p->engine);
    listing_summary(set, &summary);
    log_info(&p->said.log, "serving %s, generation %u: %.*s", p->cli.target, set->generation,
             SLICE_ARG(buf_slice(&summary)));
    buf_dispose(&summary);
    if (p->server->config.debug && !debug_visitor_is_local(slice_str(p->server->config.host)))
        log_warning(&p->said.log,
                    "debug is on and the server listens on %s: whoever reaches it can read the "
                    "script's source; use --host 127.0.0.1, or leave debug off",
                    p->server->config.host);
    if (!p->client_folder.len)
        log_warning(&p->said.log,
                    "the Socket.IO client is not installed, so %s/socket.io.js is not "
                    "served: run tools/setup, or npm install socket.io-client",
                    p->server->config.path);
}

struct ending {
    struct program *program;
    struct net *net;
};

/* The pages of the debug mode hold a request each: they are let go first. */
static void on_end_signal(void *ud, int signum)
{
    const struct ending *ending = (const struct ending *)ud;
    debug_stop(engine_debug(ending->program->engine));
    net_stop(ending->net);
}

/* Does whoever started the program want it to live on then, as nohup does? */
static bool is_ignored(int signum)
{
    struct sigaction now;
    return sigaction(signum, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

static enum exit_status run_net(struct program *p)
{
    struct buf error = BUF_INIT;
    struct net *net = net_create(p->server, &error);
    if (!net) {
        complain(p, &error);
        buf_dispose(&error);
        return EXIT_SCRIPT;
    }
    output_attach(&p->out, net_loop(net));
    main_log_start(&p->said, net_loop(net), &p->server->timers);
    log_start(p);
    struct ending ending = {p, net};
    net_on_signal(net, SIGINT, on_end_signal, &ending);
    net_on_signal(net, SIGTERM, on_end_signal, &ending);
    if (!is_ignored(SIGHUP))
        net_on_signal(net, SIGHUP, on_end_signal, &ending);
    struct main_console *console = main_console_create(net, p->engine);
    struct main_watch *watch = p->cli.reload ? main_watch_create(net, p->engine) : NULL;
    net_run(net);
    main_watch_destroy(watch);
    main_console_destroy(console);
    output_detach(&p->out);
    main_log_stop(&p->said);
    net_destroy(net);
    return EXIT_GOOD;
}

static enum exit_status serve(struct program *p)
{
    client_folder_find(&p->client_folder);
    enum exit_status status = open_script(p);
    if (status == EXIT_GOOD)
        status = run_net(p);
    close_script(p);
    buf_dispose(&p->client_folder);
    return status;
}

static enum exit_status check(struct program *p)
{
    enum exit_status status = open_script(p);
    if (status == EXIT_GOOD) {
        struct buf text = BUF_INIT;
        buf_printf(&text, "%s: ", p->cli.target);
        listing_summary(engine_live(p->engine), &text);
        buf_append_char(&text, '\n');
        listing_details(engine_live(p->engine), &text);
        compare_with_server(engine_live(p->engine), &text);
        say(&text);
    }
    close_script(p);
    return status;
}

static enum exit_status make_project(struct program *p)
{
    struct buf error = BUF_INIT;
    bool made = new_project(p->cli.target, &error);
    if (made)
        printf(
            "%s is ready. Next:\n  cd %s\n  moonwire main.lua    and open http://127.0.0.1:5000/\n"
            "  busted               runs its tests\n",
            p->cli.target, p->cli.target);
    else
        complain(p, &error);
    buf_dispose(&error);
    return made ? EXIT_GOOD : EXIT_SCRIPT;
}

static enum exit_status attach(struct program *p)
{
    struct buf error = BUF_INIT;
    bool good = attach_run(&p->cli, &error);
    if (error.len)
        complain(p, &error);
    buf_dispose(&error);
    return good ? EXIT_GOOD : EXIT_SCRIPT;
}

static enum exit_status show_help(void)
{
    struct buf text = BUF_INIT;
    cli_help(&text);
    say(&text);
    return EXIT_GOOD;
}

static enum exit_status run_command(struct program *p)
{
    switch (p->cli.command) {
    case CLI_SERVE:
        return serve(p);
    case CLI_CHECK:
        return check(p);
    case CLI_NEW:
        return make_project(p);
    case CLI_CONSOLE:
        return attach(p);
    case CLI_HELP:
        return show_help();
    case CLI_VERSION:
        break;
    }
    printf("moonwire %s\n", MW_VERSION);
    return EXIT_GOOD;
}

int main(int argc, char **argv)
{
    struct program p = {0};
    struct buf error = BUF_INIT;
    enum exit_status status = EXIT_USAGE;

    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    output_init(&p.out, STDOUT_FILENO, on_lost_prints, &p);
    main_log_init(&p.said);
    bool parsed = cli_parse(&p.cli, argc, (const char *const *)argv, &error);
    p.said.json = p.cli.json_log;
    if (parsed)
        status = run_command(&p);
    else
        complain(&p, &error);
    buf_dispose(&error);
    output_dispose(&p.out);
    main_log_dispose(&p.said);
    cli_dispose(&p.cli);
    return status;
}
