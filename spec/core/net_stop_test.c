/* The end of the server on real sockets: what each kind of client hears of it, and that a second
 * signal is the last. A server of its own for each test. What a response that is under way has of
 * it is net_test's. */
#include "support/edge.h"
#include "core/base/clock.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void test_stop(void **state)
{
    struct edge other;
    struct edge_reply r;
    edge_start(&other, NULL);
    int fd = edge_websocket_with(&other, "User-Agent: x\r\n"), poll = edge_connect(&other);
    int okhttp = edge_websocket_with(&other, "User-Agent: okhttp/4.12.0\r\n");
    edge_text(poll, "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: h\r\n\r\n");
    edge_reply(poll, &r, false);
    char query[160];
    snprintf(query, sizeof(query),
             "GET /engine.io/?EIO=4&transport=polling&sid=%.20s HTTP/1.1\r\nHost: h\r\n\r\n",
             r.body.ptr + 9);
    edge_reply_dispose(&r);
    edge_text(poll, query);
    usleep(50000);
    kill(other.pid, SIGTERM);
    edge_ws_expect_close(fd, 1001);
    edge_expect_end(okhttp);
    edge_reply(poll, &r, false);
    assert_string_equal(r.body.ptr, "1");
    edge_reply_dispose(&r);
    edge_expect_end(poll);
    edge_wait(&other, 2);
}

/* .NET's client passes over a close frame, and says nothing of itself. */
static void test_stop_without_a_close_frame(void **state)
{
    static const char *const known[] = {"User-Agent: x\r\n", "Origin: http://h\r\n",
                                        "Sec-WebSocket-Extensions: permessage-deflate\r\n"};
    struct edge other;
    int fds[3];
    edge_start(&other, NULL);
    for (size_t i = 0; i < 3; i++)
        fds[i] = edge_websocket_with(&other, known[i]);
    int nameless = edge_websocket(&other);
    kill(other.pid, SIGTERM);
    for (size_t i = 0; i < 3; i++)
        edge_ws_expect_close(fds[i], 1001);
    edge_expect_end(nameless);
    edge_wait(&other, 2);
}

/* Between two polls the client cannot be told: its next one is waited for, and may come on a new
 * connection. */
static void test_stop_between_polls(void **state)
{
    struct edge other;
    struct edge_reply r;
    char query[160];
    edge_start(&other, "ping_interval=0.1");
    edge_get(&other, "GET /engine.io/?EIO=4&transport=polling", "", &r);
    snprintf(query, sizeof(query), "GET /engine.io/?EIO=4&transport=polling&sid=%.20s",
             r.body.ptr + 9);
    edge_reply_dispose(&r);
    usleep(200000); /* a ping waits for the next poll */
    kill(other.pid, SIGTERM);
    usleep(100000);
    edge_get(&other, query, "", &r);
    assert_string_equal(r.body.ptr, "2\x1e"
                                    "1");
    edge_reply_dispose(&r);
    edge_wait(&other, 2);
}

static void test_second_signal(void **state)
{
    struct edge other;
    edge_start(&other, NULL);
    int fd = edge_connect(&other);
    edge_text(fd, "GET /waits HTTP/1.1\r\nHost: h\r\n\r\n");
    usleep(30000);
    kill(other.pid, SIGTERM);
    usleep(200000); /* two that are pending at once are one */
    int64_t start_ns = clock_now_ns();
    edge_stop(&other, 2);
    assert_true(clock_now_ns() - start_ns < NS_PER_S);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_stop_without_a_close_frame),
        cmocka_unit_test(test_stop_between_polls),
        cmocka_unit_test(test_second_signal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
