/* See debug.h. */
#include "bindings/debug.h"

#include "bindings/debug_changes.h"
#include "bindings/debug_channel.h"
#include "bindings/debug_errors.h"
#include "bindings/debug_exchange.h"
#include "bindings/debug_file.h"
#include "bindings/debug_visitor.h"
#include "bindings/reload.h"
#include "core/codec/query.h"

struct debug {
    struct engine *engine;
    struct debug_errors errors;
    struct debug_changes changes;
    struct debug_channel channel;
    struct paths pieces; /* templates of what is no page, which any page may have fetched */
    struct report_listener reports;
    struct reload_listener reloads;
    bool warned; /* that a name is not trusted */
};

static const struct config *settings(const struct debug *d)
{
    return engine_settings(d->engine);
}

/* --- what is told --- */

static void tell(struct debug *d)
{
    debug_changes_count(&d->changes);
    debug_channel_tell(&d->channel);
}

static void on_report(void *ud, const struct report *r)
{
    struct debug *d = (struct debug *)ud;
    if (!settings(d)->debug)
        return;
    debug_errors_add_run(&d->errors, r);
    tell(d);
}

/* Pages know static files by their URL. */
static void note_files(struct debug *d, const struct paths *names)
{
    struct buf path = BUF_INIT;
    for (size_t i = 0; i < names->count; i++) {
        buf_reset(&path, 4096);
        buf_printf(&path, "%s/%s", settings(d)->static_url_path, names->at[i]);
        buf_append_char(&path, '\0');
        debug_changes_add(&d->changes, DEBUG_CHANGE_FILE, path.ptr);
    }
    buf_dispose(&path);
}

static void note_templates(struct debug *d, const struct paths *names)
{
    for (size_t i = 0; i < names->count; i++)
        debug_changes_add(&d->changes,
                          paths_has(&d->pieces, names->at[i]) ? DEBUG_CHANGE_PIECE
                                                              : DEBUG_CHANGE_TEMPLATE,
                          names->at[i]);
}

static void note_good(struct debug *d, const struct reload_outcome *outcome)
{
    switch (outcome->what) {
    case RELOAD_SCRIPT:
        debug_errors_mend(&d->errors, DEBUG_ERROR_LOAD);
        debug_changes_add(&d->changes, DEBUG_CHANGE_SCRIPT, engine_live(d->engine)->path);
        break;
    case RELOAD_TEMPLATES:
        debug_errors_mend(&d->errors, DEBUG_ERROR_TEMPLATE);
        note_templates(d, outcome->names);
        break;
    case RELOAD_STATIC:
        note_files(d, outcome->names);
        break;
    }
}

static void on_outcome(void *ud, const struct reload_outcome *outcome)
{
    struct debug *d = (struct debug *)ud;
    if (!settings(d)->debug)
        return;
    if (outcome->good)
        note_good(d, outcome);
    else
        debug_errors_add_refused(
            &d->errors, outcome->what == RELOAD_SCRIPT ? DEBUG_ERROR_LOAD : DEBUG_ERROR_TEMPLATE,
            outcome->error);
    tell(d);
}

static void put_news(void *ud, uint64_t seen, struct buf *out)
{
    const struct debug *d = (const struct debug *)ud;
    buf_append_str(out, "{\"seen\":\"");
    debug_changes_put_seen(&d->changes, out);
    buf_append_str(out, "\",\"changes\":");
    debug_changes_put_json(&d->changes, seen, out);
    buf_append_str(out, ",\"errors\":");
    debug_errors_put_json(&d->errors, out);
    buf_append_char(out, '}');
}

/* --- begin and end --- */

struct debug *debug_create(struct engine *e)
{
    struct debug *d = (struct debug *)mem_zalloc(sizeof(*d));
    d->engine = e;
    d->errors.engine = e;
    debug_changes_init(&d->changes);
    d->reports = (struct report_listener){.ud = d, .on_report = on_report};
    d->reloads = (struct reload_listener){.ud = d, .on_outcome = on_outcome};
    reload_news_add(reload_news(engine_reload(e)), &d->reloads);
    return d;
}

void debug_start(struct debug *d)
{
    debug_channel_init(&d->channel, &engine_server(d->engine)->timers, put_news, d);
    engine_vm(d->engine)->reports = &d->reports;
}

void debug_stop(struct debug *d)
{
    debug_channel_close(&d->channel);
}

void debug_destroy(struct debug *d)
{
    reload_news_remove(reload_news(engine_reload(d->engine)), &d->reloads);
    debug_errors_dispose(&d->errors);
    debug_changes_dispose(&d->changes);
    paths_dispose(&d->pieces);
    mem_free(d);
}

/* --- who may see it --- */

static void warn_of_name(struct debug *d, struct slice host)
{
    if (d->warned)
        return;
    d->warned = true;
    log_warning(engine_vm(d->engine)->log,
                "a page was asked for at %.*s and gets no debug page: that name may be another "
                "site's; use localhost or an address, or name it by --host",
                SLICE_ARG(host));
}

bool debug_shows(const struct debug *d, const struct http_request *request)
{
    return settings(d)->debug && debug_visitor_trusted(request, settings(d));
}

/* --- requests --- */

void debug_note_template(struct debug *d, struct http_exchange *x, const char *name)
{
    if (x && debug_exchange_is(x))
        debug_exchange_note_template(x, name);
    else if (settings(d)->debug)
        paths_add(&d->pieces, name);
}

/* What follows `<path>/`; ptr NULL if the request is for something else. */
static struct slice below_path(const struct debug *d, struct slice path)
{
    struct slice root = slice_str(settings(d)->path);
    if (!slice_starts_with(path, root) || path.len == root.len || path.ptr[root.len] != '/')
        return (struct slice){0};
    return slice_skip(path, root.len + 1);
}

/* Another site's page may send a request, and not read its answer; it gets none that takes long. */
static bool is_foreign(const struct http_request *request)
{
    struct slice from = http_request_header(request, "Sec-Fetch-Site");
    return from.ptr && !slice_equal(from, SLICE("same-origin")) &&
           !slice_equal(from, SLICE("none"));
}

/* `?seen=EPOCH.7`: answered when there is more; with `&now=1`, or of another epoch, at once. */
static void answer_channel(struct debug *d, struct http_exchange *x)
{
    struct buf seen = BUF_INIT, now = BUF_INIT;
    uint64_t number = 0;
    bool known = query_find(x->request->query, "seen", &seen) &&
                 debug_changes_read_seen(&d->changes, buf_slice(&seen), &number);
    bool at_once = query_find(x->request->query, "now", &now) || number < d->changes.last;
    if (d->channel.closed || is_foreign(x->request))
        debug_channel_respond(x, d->channel.closed ? 503 : 403, SLICE("{}"));
    else if (!known)
        debug_channel_respond(x, 200, SLICE("{\"seen\":null}"));
    else if (at_once)
        debug_channel_answer(&d->channel, x, number);
    else
        debug_channel_wait(&d->channel, x, number);
    buf_dispose(&seen);
    buf_dispose(&now);
}

bool debug_answer(struct debug *d, struct http_exchange *x)
{
    struct slice name = below_path(d, x->request->path);
    if (!name.ptr || !debug_shows(d, x->request))
        return false;
    if (slice_equal(name, SLICE("debug"))) {
        answer_channel(d, x);
        return true;
    }
    return debug_file_serve(name, x);
}

struct http_exchange *debug_exchange(struct debug *d, struct http_exchange *x)
{
    if (!debug_shows(d, x->request)) {
        if (settings(d)->debug)
            warn_of_name(d, http_request_header(x->request, "Host"));
        http_exchange_ref(x);
        return x;
    }
    struct buf address = BUF_INIT;
    query_encode(slice_str(settings(d)->path), true, &address);
    buf_append_str(&address, "/debug.js?seen=");
    debug_changes_put_seen(&d->changes, &address);
    struct http_exchange *to = debug_exchange_create(x, buf_slice(&address), &d->pieces);
    buf_dispose(&address);
    return to;
}
