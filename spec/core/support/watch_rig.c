/* See watch_rig.h. */
#include "watch_rig.h"

static void turn_run(void *ud, int64_t now_ns)
{
}

static void turn_end(void *ud, int64_t now_ns)
{
}

static int64_t turn_next(void *ud)
{
    return INT64_MAX;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void on_change(void *ud, const char *const *paths, size_t count)
{
    struct rig *r = ud;
    const char *sorted[64];
    assert_true(count <= 64);
    memcpy(sorted, paths, count * sizeof(*paths));
    qsort(sorted, count, sizeof(*sorted), compare);
    for (size_t i = 0; i < count; i++)
        buf_printf(&r->told, "%s ", sorted[i]);
    buf_append_char(&r->told, ';');
    r->told_ns = clock_now_ns();
}

static void on_log(void *ud, enum log_level level, struct slice text)
{
    struct rig *r = ud;
    buf_append_slice(&r->logged, text);
}

int watch_rig_setup(void **state)
{
    struct rig *r = *state = calloc(1, sizeof(*r));
    struct loop_turn turn = {r, turn_run, turn_end, turn_next};
    strcpy(r->folder, "/tmp/moonwire-watch-XXXXXX");
    if (!mkdtemp(r->folder) || !getcwd(r->before, sizeof(r->before)) || chdir(r->folder) != 0)
        return -1;
    r->log = (struct log){.sink = on_log, .ud = r};
    loop_init(&r->loop, &turn);
    r->watch = watch_create(&r->loop, &r->log, on_change, r);
    return 0;
}

int watch_rig_teardown(void **state)
{
    struct rig *r = *state;
    char command[128];
    watch_destroy(r->watch);
    loop_dispose(&r->loop);
    buf_dispose(&r->told);
    buf_dispose(&r->logged);
    snprintf(command, sizeof(command), "rm -r %s", r->folder);
    int status = chdir(r->before) + system(command);
    free(r);
    return status;
}

/* --- steps --- */

void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

void put_beside(const char *path, const char *text)
{
    char beside[256];
    snprintf(beside, sizeof(beside), "%s.swp~", path);
    put(beside, text);
    assert_int_equal(rename(beside, path), 0);
}

void run(struct rig *r, int ms)
{
    int64_t end_ns = clock_now_ns() + ms * NS_PER_MS;
    while (clock_now_ns() < end_ns) {
        uv_run(&r->loop.uv, UV_RUN_NOWAIT);
        usleep(1000);
    }
}

void expect(struct rig *r, const char *told)
{
    int64_t end_ns = clock_now_ns() + 5 * NS_PER_S;
    while (!r->told.len && clock_now_ns() < end_ns)
        run(r, 5);
    run(r, 150);
    buf_append_char(&r->told, '\0');
    assert_string_equal(r->told.ptr, told);
    buf_reset(&r->told, 4096);
}

void expect_nothing(struct rig *r)
{
    run(r, 300);
    assert_int_equal(r->told.len, 0);
}

void watch_files(struct rig *r, const char *a, const char *b)
{
    const char *files[] = {a, b};
    watch_set(r->watch, files, b ? 2 : 1, NULL, 0);
}
