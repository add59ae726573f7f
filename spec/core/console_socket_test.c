/* The socket of the console on a real disk: who may open it, what it replaces, and what becomes of
 * a console that sends badly or does not read. */
#include "core/net/console_link.h"

#include "core/net/console_client.h"
#include "core/net/console_folder.h"
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#define PATH "console.sock"
#define LINES 50000 /* of 1000 bytes */

struct rig {
    char folder[64]; /* the working directory of a test */
    char before[1024];
    struct loop loop;
    struct console_socket *socket;
    struct console_link *link; /* the last that was opened */
    int opened, closed;
    struct buf got; /* kind and body of each frame, ";" behind it */
    struct buf error;
};

static void turn_run(void *ud, int64_t now_ns)
{
}

static int64_t turn_next(void *ud)
{
    return INT64_MAX;
}

static void *on_open(void *ud, struct console_link *link)
{
    struct rig *r = ud;
    r->link = link;
    r->opened++;
    return r;
}

static void on_frame(void *user, const struct console_frame *frame)
{
    struct rig *r = user;
    buf_printf(&r->got, "%c%.*s;", frame->kind, SLICE_ARG(frame->body));
}

static void on_close(void *user)
{
    ((struct rig *)user)->closed++;
}

static bool listen_at(struct rig *r, const char *path)
{
    struct console_events events = {r, on_open, on_frame, on_close};
    r->socket = console_socket_create(&r->loop, path, &events, &r->error);
    return r->socket != NULL;
}

static void go_round(struct rig *r)
{
    for (int i = 0; i < 20; i++)
        uv_run(&r->loop.uv, UV_RUN_NOWAIT);
}

static int setup(void **state)
{
    struct rig *r = *state = calloc(1, sizeof(*r));
    struct loop_turn turn = {r, turn_run, turn_run, turn_next};
    strcpy(r->folder, "/tmp/moonwire-console-XXXXXX");
    if (!mkdtemp(r->folder) || !getcwd(r->before, sizeof(r->before)) || chdir(r->folder) != 0)
        return -1;
    loop_init(&r->loop, &turn);
    return 0;
}

static int teardown(void **state)
{
    struct rig *r = *state;
    if (r->socket)
        console_socket_destroy(r->socket);
    loop_dispose(&r->loop);
    buf_dispose(&r->got);
    buf_dispose(&r->error);
    bool left = access(PATH, F_OK) == 0;
    int status = chdir(r->before);
    char command[128];
    snprintf(command, sizeof(command), "rm -r %s", r->folder);
    status |= system(command);
    bool even = r->opened == r->closed;
    free(r);
    return left || !even ? -1 : status;
}

static void send_all(struct console_client *c, const char *bytes)
{
    assert_int_equal(send(c->fd, bytes, strlen(bytes), 0), strlen(bytes));
}

static void attach(struct rig *r, struct console_client *c)
{
    assert_true(console_client_open(c, PATH, &r->error));
    go_round(r);
}

static void test_is_for_its_owner(void **state)
{
    struct rig *r = *state;
    struct stat st;
    umask(0);
    assert_true(listen_at(r, PATH));
    assert_int_equal(stat(PATH, &st), 0);
    assert_int_equal(st.st_mode, S_IFSOCK | S_IRUSR | S_IWUSR);
}

static void test_frames_however_cut(void **state)
{
    struct rig *r = *state;
    struct console_client c;
    assert_true(listen_at(r, PATH));
    attach(r, &c);
    for (const char *at = "e 3\nabck 0\ne 1\nx"; *at; at++) {
        char one[2] = {*at, 0};
        send_all(&c, one);
        go_round(r);
    }
    send_all(&c, "e 1\nae 1\nb");
    go_round(r);
    buf_append_char(&r->got, '\0');
    assert_string_equal(r->got.ptr, "eabc;k;ex;ea;eb;");
    console_client_close(&c);
    go_round(r);
    assert_int_equal(r->closed, 1);
}

static void test_bad_frames_end_it(void **state)
{
    struct rig *r = *state;
    struct console_client c;
    struct console_frame frame;
    assert_true(listen_at(r, PATH));
    attach(r, &c);
    send_all(&c, "GET / HTTP/1.1\r\n\r\n");
    go_round(r);
    assert_int_equal(console_client_next(&c, 1000, &frame), CONSOLE_CLIENT_OK);
    assert_int_equal(frame.kind, CONSOLE_ERROR);
    assert_int_equal(console_client_next(&c, 1000, &frame), CONSOLE_CLIENT_GONE);
    assert_int_equal(r->closed, 1);
    console_client_close(&c);
}

/* --- a console that does not read --- */

static void print_lines(struct rig *r, size_t count)
{
    static char line[1000];
    memset(line, 'x', sizeof(line));
    for (size_t i = 0; i < count; i++)
        console_link_put(r->link, CONSOLE_PRINT, slice_make(line, sizeof(line)));
}

static void test_what_is_not_read_is_left_out(void **state)
{
    struct rig *r = *state;
    struct console_client c;
    struct console_frame frame;
    assert_true(listen_at(r, PATH));
    attach(r, &c);
    print_lines(r, LINES / 2);
    go_round(r); /* what the kernel takes is off our hands */
    print_lines(r, LINES / 2);
    send_all(&c, "e 1\na");
    go_round(r);
    assert_int_equal(r->got.len, 0); /* nothing is taken from it while it is behind */
    console_link_put(r->link, CONSOLE_RESULT, SLICE("end"));
    size_t lines = 0, left_out = 0;
    for (;;) {
        go_round(r);
        assert_int_equal(console_client_next(&c, 1000, &frame), CONSOLE_CLIENT_OK);
        if (frame.kind == CONSOLE_RESULT)
            break;
        if (frame.kind == CONSOLE_NOTE)
            left_out += strtoul(frame.body.ptr, NULL, 10);
        else
            lines++;
    }
    assert_int_equal(lines + left_out, LINES);
    assert_true(lines * 1000 > CONSOLE_BEHIND_MAX && lines * 1000 < 2 * CONSOLE_BEHIND_MAX);
    go_round(r);
    assert_memory_equal(r->got.ptr, "ea;", 3);
    console_client_close(&c);
    go_round(r);
}

static void test_links_go_with_the_socket(void **state)
{
    struct rig *r = *state;
    struct console_client one, other;
    assert_true(listen_at(r, PATH));
    attach(r, &one);
    attach(r, &other);
    print_lines(r, 5000);
    console_socket_destroy(r->socket);
    r->socket = NULL;
    go_round(r);
    assert_int_equal(r->closed, 2);
    console_client_close(&one);
    console_client_close(&other);
}

/* --- what is there already --- */

static void make_stale(void)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = PATH};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    close(fd);
}

static void test_a_stale_socket_is_replaced(void **state)
{
    struct rig *r = *state;
    struct console_client c;
    make_stale();
    assert_true(listen_at(r, PATH));
    attach(r, &c);
    assert_int_equal(r->opened, 1);
    console_client_close(&c);
    go_round(r);
}

static void test_a_live_one_is_not(void **state)
{
    struct rig *r = *state;
    assert_true(listen_at(r, PATH));
    struct console_socket *first = r->socket;
    assert_false(listen_at(r, PATH));
    r->socket = first;
    assert_non_null(strstr(r->error.ptr, "another server listens"));
    assert_int_equal(access(PATH, F_OK), 0);
}

static void test_what_is_no_socket_stays(void **state)
{
    struct rig *r = *state;
    close(open("file", O_CREAT | O_WRONLY, 0600));
    assert_false(listen_at(r, "file"));
    assert_int_equal(access("file", F_OK), 0);
    assert_false(listen_at(r, "nowhere/console.sock"));
    char name[200];
    memset(name, 'a', sizeof(name));
    name[199] = 0;
    assert_false(listen_at(r, name));
}

static void test_the_file_of_another_is_left(void **state)
{
    struct rig *r = *state;
    assert_true(listen_at(r, PATH));
    assert_int_equal(unlink(PATH), 0);
    make_stale();
    console_socket_destroy(r->socket);
    r->socket = NULL;
    assert_int_equal(unlink(PATH), 0);
}

/* --- the folder --- */

static bool make_folder(struct rig *r)
{
    struct buf path = BUF_INIT;
    buf_reset(&r->error, 4096);
    bool made = console_folder_make(&path, &r->error);
    buf_dispose(&path);
    return made;
}

static void count_socket(void *ud, const char *path)
{
    ++*(int *)ud;
}

static void test_a_folder_is_its_owners(void **state)
{
    struct rig *r = *state;
    struct stat st;
    int count = 0;
    setenv("XDG_RUNTIME_DIR", r->folder, 1);
    umask(0);
    assert_true(make_folder(r));
    assert_true(make_folder(r));
    assert_int_equal(stat("moonwire", &st), 0);
    assert_int_equal(st.st_mode, S_IFDIR | S_IRWXU);
    close(open("moonwire/a.sock", O_CREAT | O_WRONLY, 0600));
    close(open("moonwire/other", O_CREAT | O_WRONLY, 0600));
    setenv("TMPDIR", "/nowhere", 1);
    console_folder_each(count_socket, &count);
    assert_int_equal(count, 1);

    assert_int_equal(chmod("moonwire", 0750), 0);
    assert_false(make_folder(r));
    console_folder_each(count_socket, &count);
    assert_int_equal(count, 1);

    assert_int_equal(chmod("moonwire", 0700), 0);
    assert_int_equal(rename("moonwire", "elsewhere"), 0);
    assert_int_equal(symlink("elsewhere", "moonwire"), 0);
    assert_false(make_folder(r));
    console_folder_each(count_socket, &count);
    assert_int_equal(count, 1);

    setenv("TMPDIR", r->folder, 1);
    setenv("XDG_RUNTIME_DIR", "/nowhere", 1); /* not there: the other place */
    assert_true(make_folder(r));
    assert_int_equal(unlink("moonwire"), 0);
    unsetenv("XDG_RUNTIME_DIR");
    unsetenv("TMPDIR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_is_for_its_owner, setup, teardown),
        cmocka_unit_test_setup_teardown(test_frames_however_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_frames_end_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_not_read_is_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_links_go_with_the_socket, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_stale_socket_is_replaced, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_live_one_is_not, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_no_socket_stays, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_file_of_another_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_folder_is_its_owners, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
