/* Files that change, in the ways in which editors and checkouts change them, on a real disk: each
 * change is told once, when it is whole, and nothing else is. */
#include "support/watch_rig.h"

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
        run(r, WATCH_QUIET_MS + 50);
    }
    assert_int_equal(r->told.len, 0);
    fclose(file);
    expect(r, "main.lua ;");
}

static void test_never_closed(void **state)
{
    struct rig *r = *state;
    put("main.lua", "one");
    watch_files(r, "main.lua", NULL);
    FILE *file = fopen("main.lua", "a");
    fputs("more", file);
    fflush(file);
    expect(r, "main.lua ;");
    fclose(file);
    expect_nothing(r);
    put("main.lua", "two");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_in_place),
        TEST(test_whole_files_are_told_soon),
        TEST(test_still_being_written),
        TEST(test_never_closed),
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
