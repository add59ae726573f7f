/* Files that change, in the ways in which editors and checkouts change them, on a real disk: each
 * change is told once, when it is whole, and nothing else is. */
#include "core/net/watch.h"

#include "core/base/buf.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

struct rig {
    char folder[64]; /* the working directory of a test */
    char before[1024];
    struct loop loop;
    struct log log;
    struct watch *watch;
    struct buf told; /* paths in order, a space behind each, and ";" behind each call */
    struct buf logged;
    int64_t told_ns;
};

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

static int setup(void **state)
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

static int teardown(void **state)
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

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* As most editors save. */
static void put_beside(const char *path, const char *text)
{
    char beside[256];
    snprintf(beside, sizeof(beside), "%s.swp~", path);
    put(beside, text);
    assert_int_equal(rename(beside, path), 0);
}

static void run(struct rig *r, int ms)
{
    int64_t end_ns = clock_now_ns() + ms * NS_PER_MS;
    while (clock_now_ns() < end_ns) {
        uv_run(&r->loop.uv, UV_RUN_NOWAIT);
        usleep(1000);
    }
}

/* Waits for a call, and a while longer for another that should not come. */
static void expect(struct rig *r, const char *told)
{
    int64_t end_ns = clock_now_ns() + 5 * NS_PER_S;
    while (!r->told.len && clock_now_ns() < end_ns)
        run(r, 5);
    run(r, 150);
    buf_append_char(&r->told, '\0');
    assert_string_equal(r->told.ptr, told);
    buf_reset(&r->told, 4096);
}

static void expect_nothing(struct rig *r)
{
    run(r, 300);
    assert_int_equal(r->told.len, 0);
}

static void watch_files(struct rig *r, const char *a, const char *b)
{
    const char *files[] = {a, b};
    watch_set(r->watch, files, b ? 2 : 1, NULL, 0);
}

/* --- files --- */

static void test_in_place(void **state)
{
    struct rig *r = *state;
    put("main.lua", "one");
    watch_files(r, "main.lua", NULL);
    put("main.lua", "two");
    expect(r, "main.lua ;");
    expect_nothing(r);
    put("main.lua", "three");
    expect(r, "main.lua ;");
}

/* The least of several: the machine may be busy. */
static int64_t least_ms(struct rig *r, void (*save)(const char *path, const char *text))
{
    int64_t least = INT64_MAX;
    for (int i = 0; i < 5; i++) {
        int64_t saved_ns = clock_now_ns();
        save("main.lua", i % 2 ? "three" : "two");
        expect(r, "main.lua ;");
        int64_t took_ms = (r->told_ns - saved_ns) / NS_PER_MS;
        least = took_ms < least ? took_ms : least;
    }
    return least;
}

/* vim: the old one is moved away, the new one written, and its mode set when it is closed. */
static void put_as_vim(const char *path, const char *text)
{
    put("4913", "");
    assert_int_equal(unlink("4913"), 0);
    assert_int_equal(rename(path, "main.lua~"), 0);
    put(path, text);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(unlink("main.lua~"), 0);
}

static void put_another(const char *path, const char *text)
{
    put(path, text);
    put("other.lua", text);
}

static void test_whole_files_are_told_soon(void **state)
{
    struct rig *r = *state;
    put("main.lua", "one");
    put("other.lua", "one");
    watch_files(r, "main.lua", NULL);
    void (*ways[])(const char *, const char *) = {put, put_beside, put_as_vim};
    for (int i = 0; i < 3; i++) {
        int64_t took_ms = least_ms(r, ways[i]);
        assert_true(took_ms >= WATCH_WRITTEN_MS - 1 && took_ms < WATCH_QUIET_MS - 20);
    }
    watch_files(r, "main.lua", "other.lua"); /* of several, more may come */
    for (int i = 0; i < 3; i++) {
        int64_t saved_ns = clock_now_ns();
        put_another("main.lua", "two");
        expect(r, "main.lua other.lua ;");
        assert_true(r->told_ns - saved_ns >= (WATCH_QUIET_MS - 1) * NS_PER_MS);
    }
}

static void test_still_being_written(void **state)
{
    struct rig *r = *state;
    put("main.lua", "one");
    watch_files(r, "main.lua", NULL);
    FILE *file = fopen("main.lua", "a");
    for (int i = 0; i < 4; i++) {
        fputs("piece", file);
        fflush(file);
        run(r, 2 * WATCH_WRITTEN_MS);
    }
    assert_int_equal(r->told.len, 0);
    fclose(file);
    expect(r, "main.lua ;");
}

/* A backup, or another branch, is older than what it takes the place of. */
static void test_older_and_as_long(void **state)
{
    struct rig *r = *state;
    struct timespec long_ago[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    put("main.lua", "one");
    watch_files(r, "main.lua", NULL);
    put("main.lua", "two");
    assert_int_equal(utimensat(AT_FDCWD, "main.lua", long_ago, 0), 0);
    expect(r, "main.lua ;");
}

static void test_readable_again(void **state)
{
    struct rig *r = *state;
    put("main.lua", "one");
    watch_files(r, "main.lua", NULL);
    assert_int_equal(chmod("main.lua", 0), 0);
    expect(r, "main.lua ;");
    assert_int_equal(chmod("main.lua", 0644), 0);
    expect(r, "main.lua ;");
    assert_int_equal(chmod("main.lua", 0755), 0);
    expect_nothing(r);
}

#define MANY 30

/* As `git checkout`: each file is deleted and made again. */
static void test_checkout(void **state)
{
    struct rig *r = *state;
    char names[MANY][16], told[MANY * 16 + 2] = "";
    const char *files[MANY];
    for (int i = 0; i < MANY; i++) {
        files[i] = names[i];
        snprintf(names[i], sizeof(names[i]), "m%02d.lua", i);
        put(names[i], "one");
        strcat(strcat(told, names[i]), " ");
    }
    strcat(told, ";");
    watch_set(r->watch, files, MANY, NULL, 0);
    for (int i = 0; i < MANY; i++) {
        unlink(names[i]);
        put(names[i], "two");
        run(r, 2);
    }
    expect(r, told);
}

static void test_paths_of_all_kinds(void **state)
{
    struct rig *r = *state;
    mkdir("Mein Spiel \xc3\xa4", 0700);
    put("Mein Spiel \xc3\xa4/h\xc3\xb6he 1.lua", "one");
    watch_files(r, "Mein Spiel \xc3\xa4/h\xc3\xb6he 1.lua", NULL);
    put_beside("Mein Spiel \xc3\xa4/h\xc3\xb6he 1.lua", "two");
    expect(r, "Mein Spiel \xc3\xa4/h\xc3\xb6he 1.lua ;");
}

/* One folder by two names is one watch, which lasts as long as either is wanted. */
static void test_two_names(void **state)
{
    struct rig *r = *state;
    bool polls;
    mkdir("lib", 0700);
    assert_int_equal(symlink("lib", "also"), 0);
    put("lib/a.lua", "one");
    watch_files(r, "lib/a.lua", "also/a.lua");
    put("lib/a.lua", "two");
    expect(r, "also/a.lua lib/a.lua ;");
    watch_files(r, "lib/a.lua", NULL);
    assert_int_equal(watch_count(r->watch, &polls), 1);
    put("lib/a.lua", "three");
    expect(r, "lib/a.lua ;");
}

/* The kernel keeps so many events, and drops the rest. */
static void test_too_many_events(void **state)
{
    struct rig *r = *state;
    put("main.lua", "one");
    watch_files(r, "main.lua", NULL);
    for (int i = 0; i < 10000; i++) {
        put("noise", "");
        unlink("noise");
    }
    put("main.lua", "two");
    expect(r, "main.lua ;");
}

static void test_beside_and_renamed(void **state)
{
    struct rig *r = *state;
    put("main.lua", "one");
    watch_files(r, "main.lua", NULL);
    for (int i = 0; i < 3; i++) { /* another inode each time */
        put_beside("main.lua", "two");
        expect(r, "main.lua ;");
    }
}

/* Some move the old file away first. */
static void test_moved_away(void **state)
{
    struct rig *r = *state;
    put("main.lua", "one");
    watch_files(r, "main.lua", NULL);
    assert_int_equal(rename("main.lua", "main.lua~"), 0);
    run(r, 250); /* gone for longer than the quiet */
    assert_int_equal(r->told.len, 0);
    put("main.lua", "two");
    expect(r, "main.lua ;");
}

static void test_in_pieces(void **state)
{
    struct rig *r = *state;
    put("main.lua", "one");
    watch_files(r, "main.lua", NULL);
    put("main.lua", ""); /* truncated, and written late */
    run(r, 300);
    assert_int_equal(r->told.len, 0);
    FILE *file = fopen("main.lua", "w");
    for (int i = 0; i < 4; i++) {
        fputs("piece", file);
        fflush(file);
        run(r, 20);
    }
    fclose(file);
    expect(r, "main.lua ;");
}

static void test_empty_for_good(void **state)
{
    struct rig *r = *state;
    put("main.lua", "one");
    watch_files(r, "main.lua", NULL);
    int64_t saved_ns = clock_now_ns();
    put("main.lua", "");
    expect(r, "main.lua ;");
    assert_true(r->told_ns - saved_ns > (WATCH_PATIENCE_MS - 50) * NS_PER_MS);
    assert_int_equal(unlink("main.lua"), 0);
    expect(r, "main.lua ;");
    put("main.lua", "two");
    expect(r, "main.lua ;");
}

static void test_several_at_once(void **state)
{
    struct rig *r = *state;
    put("a.lua", "one");
    put("b.lua", "one");
    watch_files(r, "a.lua", "b.lua");
    put("a.lua", "two");
    run(r, 30);
    put_beside("b.lua", "two");
    expect(r, "a.lua b.lua ;");
}

static void test_others_do_not_count(void **state)
{
    struct rig *r = *state;
    put("main.lua", "one");
    watch_files(r, "main.lua", NULL);
    put("notes.txt", "x");
    put("main.lua.orig", "x");
    mkdir("main.luas", 0700);
    expect_nothing(r);
    for (int i = 0; i < 12; i++) { /* and they do not hold the others up */
        put("notes.txt", "y");
        if (i == 2)
            put("main.lua", "two");
        run(r, 50);
    }
    expect(r, "main.lua ;");
}

/* As `git checkout` of a branch that has not got the folder, and back. */
static void test_folder_replaced(void **state)
{
    struct rig *r = *state;
    mkdir("scripts", 0700);
    put("scripts/main.lua", "one");
    watch_files(r, "scripts/main.lua", NULL);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(unlink("scripts/main.lua"), 0);
        assert_int_equal(rmdir("scripts"), 0);
        run(r, i * 200);
        mkdir("scripts", 0700);
        put("scripts/main.lua", "two");
        expect(r, "scripts/main.lua ;");
        put("scripts/main.lua", "three!");
        expect(r, "scripts/main.lua ;");
    }
}

/* What a failed load looked for. */
static void test_file_that_comes(void **state)
{
    struct rig *r = *state;
    watch_files(r, "lib/deep/inner.lua", "./other.lua");
    expect_nothing(r);
    mkdir("lib", 0700);
    expect_nothing(r);
    mkdir("lib/deep", 0700);
    put("lib/deep/inner.lua", "x");
    expect(r, "lib/deep/inner.lua ;");
    put("other.lua", "x");
    expect(r, "./other.lua ;");
}

static void test_links(void **state)
{
    struct rig *r = *state;
    mkdir("v1", 0700);
    mkdir("v2", 0700);
    put("v1/main.lua", "one");
    put("v2/main.lua", "two!");
    put("real.lua", "one");
    assert_int_equal(symlink("v1", "current"), 0);
    mkdir("elsewhere", 0700);
    assert_int_equal(symlink("../real.lua", "elsewhere/link.lua"), 0);
    watch_files(r, "current/main.lua", "elsewhere/link.lua");
    put("v1/main.lua", "one more");
    expect(r, "current/main.lua ;");
    put("real.lua", "two!");
    expect(r, "elsewhere/link.lua ;");
    assert_int_equal(symlink("v2", "next"), 0);
    assert_int_equal(rename("next", "current"), 0);
    expect(r, "current/main.lua ;");
    put("v2/main.lua", "three!");
    expect(r, "current/main.lua ;");
}

static void test_absolute(void **state)
{
    struct rig *r = *state;
    char path[128];
    snprintf(path, sizeof(path), "%s/main.lua", r->folder);
    put(path, "one");
    watch_files(r, path, NULL);
    put(path, "two");
    run(r, 300);
    assert_true(slice_starts_with(buf_slice(&r->told), slice_str(path)));
    buf_reset(&r->told, 4096);
}

/* --- trees --- */

static void test_tree(void **state)
{
    static const char *const trees[] = {"static"};
    struct rig *r = *state;
    mkdir("static", 0700);
    mkdir("static/deep", 0700);
    mkdir("static/.git", 0700);
    put("static/deep/page.css", "one");
    watch_set(r->watch, NULL, 0, trees, 1);
    put("static/deep/page.css", "two");
    expect(r, "static/deep/page.css ;");
    put("static/new.css", "");
    expect(r, "static/new.css ;");
    mkdir("static/deeper", 0700);
    put("static/deeper/first.css", "x");
    expect(r, "static/deeper/first.css ;");
    put("static/deeper/first.css", "yy");
    expect(r, "static/deeper/first.css ;");
    assert_int_equal(unlink("static/deeper/first.css"), 0);
    expect(r, "static/deeper/first.css ;");
    put("static/.git/index", "x");
    put("static/.new.css.swp", "x");
    expect_nothing(r);
    assert_int_equal(rename("static", "away"), 0);
    expect(r, "static/deep/page.css static/new.css ;");
    assert_int_equal(rename("away", "static"), 0);
    expect(r, "static/deep/page.css static/new.css ;");
    put("static/deep/page.css", "three");
    expect(r, "static/deep/page.css ;");
}

/* --- the set --- */

static void test_set_anew_loses_nothing(void **state)
{
    struct rig *r = *state;
    put("a.lua", "one");
    put("b.lua", "one");
    watch_files(r, "a.lua", NULL);
    put("a.lua", "two");
    put("b.lua", "two");
    watch_files(r, "a.lua", "b.lua"); /* before the change was told */
    expect(r, "a.lua ;");
    watch_files(r, "b.lua", NULL);
    put("a.lua", "three");
    expect_nothing(r);
    put("b.lua", "three");
    expect(r, "b.lua ;");
}

static size_t open_files(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

static void test_a_thousand_times(void **state)
{
    struct rig *r = *state;
    bool polls;
    mkdir("lib", 0700);
    put("main.lua", "one");
    put("lib/inner.lua", "one");
    watch_files(r, "main.lua", "lib/inner.lua");
    size_t folders = watch_count(r->watch, &polls), files = open_files();
    assert_int_equal(folders, 2);
    assert_false(polls);
    for (int i = 0; i < 1000; i++) {
        put_beside("main.lua", i % 2 ? "two" : "three");
        watch_files(r, "main.lua", i % 3 ? "lib/inner.lua" : "nothing/inner.lua");
        uv_run(&r->loop.uv, UV_RUN_NOWAIT);
    }
    watch_files(r, "main.lua", "lib/inner.lua");
    assert_int_equal(watch_count(r->watch, &polls), folders);
    assert_int_equal(open_files(), files);
}

/* No descriptor is left for inotify. */
static void test_without_inotify(void **state)
{
    struct rig *r = *state;
    struct rlimit before, none;
    bool polls;
    put("main.lua", "one");
    getrlimit(RLIMIT_NOFILE, &before);
    none = before;
    none.rlim_cur = 0;
    setrlimit(RLIMIT_NOFILE, &none);
    watch_files(r, "main.lua", NULL);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(watch_count(r->watch, &polls), 0);
    assert_true(polls);
    buf_append_char(&r->logged, '\0');
    assert_non_null(strstr(r->logged.ptr, "cannot watch . (too many open files): files are looked "
                                          "at every 100 ms instead"));
    put_beside("main.lua", "two");
    expect(r, "main.lua ;");
    watch_count(r->watch, &polls);
    assert_false(polls); /* there is room again */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_in_place),
        TEST(test_whole_files_are_told_soon),
        TEST(test_still_being_written),
        TEST(test_older_and_as_long),
        TEST(test_readable_again),
        TEST(test_checkout),
        TEST(test_paths_of_all_kinds),
        TEST(test_two_names),
        TEST(test_too_many_events),
        TEST(test_beside_and_renamed),
        TEST(test_moved_away),
        TEST(test_in_pieces),
        TEST(test_empty_for_good),
        TEST(test_several_at_once),
        TEST(test_others_do_not_count),
        TEST(test_folder_replaced),
        TEST(test_file_that_comes),
        TEST(test_links),
        TEST(test_absolute),
        TEST(test_tree),
        TEST(test_set_anew_loses_nothing),
        TEST(test_a_thousand_times),
        TEST(test_without_inotify),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
