/* One console that is attached: from what was typed to what is said to it.
 * An evaluation is up to three tasks, one after the other: lua/console.lua reads the text, what it
 * made of it runs, and lua/console.lua shows the results. So the second has nothing of ours on its
 * stack, and all of them are under the guard. */
#include "bindings/console.h"

#include "bindings/console_native.h"
#include "bindings/embed.h"
#include "bindings/reload.h"
#include "core/codec/console_frame.h"

#define VALUES_MAX 100 /* that are shown */

struct console {
    struct engine *engine;
    console_say_fn *say;
    void *ud;
    struct kept kept;    /* "session": the functions of lua/console.lua */
    struct task *task;   /* of the evaluation that is under way; NULL: none is */
    unsigned generation; /* that it was told of */
    bool closing;
};

static void on_read_end(struct task *t, const struct task_end *end);
static void on_run_end(struct task *t, const struct task_end *end);
static void on_shown(struct task *t, const struct task_end *end);
static void on_error_shown(struct task *t, const struct task_end *end);

/* --- begin and end --- */

void console_open(struct engine *e)
{
    console_native_open(engine_vm(e));
}

struct console *console_create(struct engine *e, console_say_fn *say, void *ud)
{
    struct console *c = (struct console *)mem_zalloc(sizeof(*c));
    lua_State *L = engine_vm(e)->L;
    c->engine = e;
    c->say = say;
    c->ud = ud;
    c->generation = engine_live(e)->generation;
    embed_require(L, "console");
    lua_call(L, 0, 1);
    kept_set(&c->kept, L, "session");
    return c;
}

void console_cancel(struct console *c)
{
    if (c->task)
        task_cancel(c->task);
}

void console_destroy(struct console *c)
{
    c->closing = true;
    console_cancel(c);
    kept_dispose(&c->kept, engine_vm(c->engine)->L);
    mem_free(c);
}

/* --- saying --- */

static void say_str(struct console *c, char kind, const char *text)
{
    c->say(c->ud, kind, slice_str(text));
}

/* The string at `index` of L. */
static void say_value(struct console *c, char kind, lua_State *L, int index)
{
    struct slice text;
    text.ptr = lua_tolstring(L, index, &text.len);
    c->say(c->ud, kind, text);
}

static void note_generation(struct console *c)
{
    const struct handlers *set = engine_live(c->engine);
    struct buf note = BUF_INIT;
    if (set->generation == c->generation)
        return;
    c->generation = set->generation;
    buf_printf(&note, "generation %u of %s", set->generation, set->path);
    c->say(c->ud, CONSOLE_NOTE, buf_slice(&note));
    buf_dispose(&note);
}

bool console_print(const struct vm *vm, struct slice line)
{
    if (!vm->running || vm->running->kind != TASK_CONSOLE)
        return false;
    const struct console *c = (const struct console *)vm->running->ud;
    c->say(c->ud, CONSOLE_PRINT, line);
    return true;
}

/* --- tasks --- */

/* Runs in the code that is live. */
static struct task *make_task(struct console *c, task_end_fn *on_end)
{
    struct task *t = task_create(engine_live(c->engine), TASK_CONSOLE);
    t->on_end = on_end;
    t->ud = c;
    return t;
}

/* The same for a function of lua/console.lua, which is on its stack. */
static struct task *make_own_task(struct console *c, const char *function, task_end_fn *on_end)
{
    struct task *t = make_task(c, on_end);
    kept_push(&c->kept, t->L, "session");
    lua_getfield(t->L, -1, function);
    lua_remove(t->L, -2);
    return t;
}

static void run(struct console *c, struct task *t, int arguments)
{
    c->task = t;
    task_run(t, arguments);
}

/* What was raised, and where, is shown by a task, since it may be any value. */
static void show_error(struct console *c, struct task *t)
{
    struct task *shown = make_own_task(c, "show_error", on_error_shown);
    const struct buf *traceback = &t->vm->traceback;
    lua_xmove(t->L, shown->L, 1);
    lua_pushlstring(shown->L, traceback->ptr ? traceback->ptr : "", traceback->len);
    run(c, shown, 2);
}

/* Nobody but the console hears of an error; of what kept everybody waiting the log has a line. */
static bool has_failed(struct console *c, struct task *t, const struct task_end *end)
{
    c->task = NULL;
    if (c->closing)
        return true;
    if (end->outcome == TASK_CANCELLED)
        say_str(c, CONSOLE_ERROR, "cancelled");
    if (end->outcome != TASK_FAILED)
        return end->outcome != TASK_DONE;
    if (end->how != INVOKE_ERROR)
        task_report(t, end);
    if (t->on_end == on_run_end)
        show_error(c, t);
    else
        c->say(c->ud, CONSOLE_ERROR, buf_slice(&t->vm->failure));
    return true;
}

static void on_error_shown(struct task *t, const struct task_end *end)
{
    struct console *c = (struct console *)t->ud;
    if (!has_failed(c, t, end))
        say_value(c, CONSOLE_ERROR, t->L, -1);
}

static void on_shown(struct task *t, const struct task_end *end)
{
    struct console *c = (struct console *)t->ud;
    if (!has_failed(c, t, end))
        say_value(c, CONSOLE_RESULT, t->L, -1);
}

static void on_run_end(struct task *t, const struct task_end *end)
{
    struct console *c = (struct console *)t->ud;
    if (has_failed(c, t, end))
        return;
    int count = end->count < VALUES_MAX ? end->count : VALUES_MAX;
    lua_pop(t->L, end->count - count);
    struct task *shown = make_own_task(c, "show", on_shown);
    lua_checkstack(shown->L, count + LUA_MINSTACK);
    lua_xmove(t->L, shown->L, count);
    run(c, shown, count);
}

/* The chunk and perhaps a remark are on top. */
static void run_chunk(struct console *c, struct task *t, int count)
{
    if (count > 1 && lua_isstring(t->L, -1))
        say_value(c, CONSOLE_NOTE, t->L, -1);
    lua_pop(t->L, count - 1);
    struct task *chunk = make_task(c, on_run_end);
    lua_xmove(t->L, chunk->L, 1);
    run(c, chunk, 0);
}

/* See `read` in lua/console.lua for what it returns. */
static void on_read_end(struct task *t, const struct task_end *end)
{
    struct console *c = (struct console *)t->ud;
    if (has_failed(c, t, end))
        return;
    int first = -end->count;
    if (lua_isfunction(t->L, first))
        run_chunk(c, t, end->count);
    else if (lua_isboolean(t->L, first))
        say_str(c, CONSOLE_MORE, "");
    else if (lua_isnil(t->L, first))
        say_value(c, CONSOLE_ERROR, t->L, first + 1);
    else
        say_value(c, CONSOLE_RESULT, t->L, first);
}

/* --- what it is asked for --- */

/* Not a task: it replaces the code that tasks run in. */
static void reload(struct console *c)
{
    struct buf text = BUF_INIT;
    bool good = reload_script(engine_reload(c->engine), NULL, &text);
    const struct handlers *set = engine_live(c->engine);
    c->generation = set->generation;
    if (good)
        buf_printf(&text, "generation %u of %s", set->generation, set->path);
    c->say(c->ud, good ? CONSOLE_RESULT : CONSOLE_ERROR, buf_slice(&text));
    buf_dispose(&text);
}

static bool is_reload(struct slice text)
{
    while (text.len && strchr(" \t\r\n", text.ptr[text.len - 1]))
        text.len--;
    return slice_equal(slice_trim(text), SLICE(".reload"));
}

void console_evaluate(struct console *c, struct slice text, bool whole)
{
    if (c->task) {
        say_str(c, CONSOLE_ERROR, "the evaluation before this one has not ended");
        return;
    }
    note_generation(c);
    if (is_reload(text)) {
        reload(c);
        return;
    }
    struct task *t = make_own_task(c, "read", on_read_end);
    lua_pushlstring(t->L, text.ptr ? text.ptr : "", text.len);
    lua_pushboolean(t->L, whole);
    run(c, t, 2);
}

static void on_completed(struct task *t, const struct task_end *end)
{
    struct console *c = (struct console *)t->ud;
    if (end->outcome == TASK_DONE)
        say_value(c, CONSOLE_CANDIDATES, t->L, -1);
    else
        say_str(c, CONSOLE_CANDIDATES, "0\n");
}

void console_complete(struct console *c, struct slice line)
{
    struct task *t = make_own_task(c, "complete", on_completed);
    lua_pushlstring(t->L, line.ptr ? line.ptr : "", line.len);
    task_run(t, 1);
}
