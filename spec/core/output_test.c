/* A reader that stops reading, on a real pipe: nothing waits, the order stays, and what is lost is
 * counted. */
#include "core/net/output.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#define PIPE_BYTES 65536
#define LINE_BYTES 100

struct rig {
    int read_fd, write_fd;
    struct output out;
    size_t lost;
    unsigned read; /* lines */
    char bytes[PIPE_BYTES];
    size_t held; /* of a line that is not whole yet */
};

static void on_lost(void *ud, size_t lines)
{
    struct rig *r = ud;
    r->lost += lines;
}

static int set_up(void **state)
{
    static struct rig rig; /* too large for the stack */
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(fcntl(fds[1], F_SETPIPE_SZ, PIPE_BYTES), PIPE_BYTES);
    signal(SIGPIPE, SIG_IGN);
    rig = (struct rig){.read_fd = fds[0], .write_fd = fds[1]};
    output_init(&rig.out, rig.write_fd, on_lost, &rig);
    *state = &rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *r = *state;
    close(r->read_fd);
    output_dispose(&r->out);
    close(r->write_fd);
    return 0;
}

/* Lines of 100 bytes, numbered from `first`. */
static void write_lines(struct rig *r, unsigned first, unsigned count)
{
    char line[128];
    for (unsigned i = first; i < first + count; i++) {
        int len = snprintf(line, sizeof(line), "%099u\n", i);
        output_write(&r->out, slice_make(line, (size_t)len));
    }
}

/* Reads what is there: the lines that are whole must be those from r->read on. */
static void read_some(struct rig *r)
{
    ssize_t len = read(r->read_fd, r->bytes + r->held, sizeof(r->bytes) - r->held);
    r->held += len > 0 ? (size_t)len : 0;
    size_t done = 0;
    for (; r->held - done >= LINE_BYTES; done += LINE_BYTES)
        assert_int_equal(strtoul(r->bytes + done, NULL, 10), r->read++);
    r->held -= done;
    memmove(r->bytes, r->bytes + done, r->held);
}

static void writes_at_once_what_is_read(void **state)
{
    struct rig *r = *state;
    write_lines(r, 0, 3);
    read_some(r);
    assert_int_equal(r->read, 3);
    assert_int_equal(r->lost, 0);
}

/* Each look at the output offers it the room that the last read made. */
static void read_until(struct rig *r, unsigned count)
{
    for (int rounds = 0; r->read < count && rounds < 1000; rounds++) {
        read_some(r);
        output_write(&r->out, slice_make("", 0));
    }
    assert_int_equal(r->read, count);
}

static void keeps_in_order_what_is_not_read(void **state)
{
    struct rig *r = *state;
    write_lines(r, 0, 5000);
    read_until(r, 5000);
    assert_int_equal(r->lost, 0);
}

static void loses_what_is_beyond_its_bytes(void **state)
{
    struct rig *r = *state;
    unsigned kept, written = 2 * (PIPE_BYTES + OUTPUT_PENDING_BYTES) / LINE_BYTES;
    write_lines(r, 0, written);
    assert_int_equal(r->lost, 0);
    assert_in_range(r->out._pending.len, OUTPUT_PENDING_BYTES - LINE_BYTES, OUTPUT_PENDING_BYTES);
    kept = written - (unsigned)r->out._lost;
    assert_in_range(kept, OUTPUT_PENDING_BYTES / LINE_BYTES,
                    (PIPE_BYTES + OUTPUT_PENDING_BYTES) / LINE_BYTES);
    read_until(r, kept);
    assert_int_equal(r->lost, written - kept);
}

static void forgets_a_reader_that_is_gone(void **state)
{
    struct rig *r = *state;
    write_lines(r, 0, 5000);
    close(r->read_fd);
    write_lines(r, 5000, 50000);
    assert_int_equal(r->out._pending.len, 0);
    r->read_fd = -1;
}

/* --- by itself, on a loop --- */

struct looped {
    struct rig *rig;
    struct loop loop;
};

static void turn_run(void *ud, int64_t now_ns)
{
}

static void read_on(void *ud, int64_t now_ns)
{
    struct looped *l = ud;
    read_some(l->rig);
    if (l->rig->read == 2000)
        loop_stop(&l->loop);
}

static int64_t soon(void *ud)
{
    return clock_now_ns() + 5 * NS_PER_MS;
}

static void goes_on_by_itself_on_a_loop(void **state)
{
    struct looped l = {.rig = *state};
    loop_init(&l.loop,
              &(struct loop_turn){.ud = &l, .run = turn_run, .end = read_on, .next = soon});
    output_attach(&l.rig->out, &l.loop);
    write_lines(l.rig, 0, 2000);
    loop_run(&l.loop);
    assert_int_equal(l.rig->read, 2000);
    output_detach(&l.rig->out);
    loop_dispose(&l.loop);
}

/* /dev/full is a disk without room, until the pipe takes its place. */
static void a_full_disk_is_no_end(void **state)
{
    struct rig *r = *state;
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    struct output out;
    output_init(&out, fd, on_lost, r);
    output_write(&out, SLICE("one\n"));
    assert_true(dup2(r->write_fd, fd) == fd);
    output_write(&out, SLICE("two\n"));
    assert_int_equal(read(r->read_fd, r->bytes, sizeof(r->bytes)), 8);
    assert_memory_equal(r->bytes, "one\ntwo\n", 8);
    output_dispose(&out);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writes_at_once_what_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keeps_in_order_what_is_not_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(loses_what_is_beyond_its_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(forgets_a_reader_that_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_disk_is_no_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(goes_on_by_itself_on_a_loop, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
