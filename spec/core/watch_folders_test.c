/* What a watch looks at: folders that come, go and are replaced, links, trees, and sets that
 * change; and that it keeps nothing it needs no more. */
#include "support/watch_rig.h"

#include <dirent.h>
#include <sys/resource.h>

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
    put("static/deep/page.css", ""); /* and written late */
    run(r, 300);
    assert_int_equal(r->told.len, 0);
    put("static/deep/page.css", "two!");
    expect(r, "static/deep/page.css ;");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
