/* WebSockets at the edge, on real sockets: what comes in, order and memory towards slow clients,
 * and every way in which one ends. */
#include "support/edge.h"
#include "core/base/clock.h"
#include "core/net/ws_deflate.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct edge edge;

static int start(void **state)
{
    edge_start(&edge, "max_http_buffer_size=1000000\nsend_queue_limit=200000000");
    return edge.port ? 0 : -1;
}

/* The last test, for cmocka does not count what fails in a group's teardown; and here a sanitizer
 * tells of all that leaked. */
static void test_end(void **state)
{
    edge_stop(&edge, 8);
}

/* --- in --- */

static void test_echo(void **state)
{
    struct buf got = BUF_INIT;
    int fd = edge_websocket(&edge);
    edge_ws_text(fd, "4hello \xc3\xa9");
    edge_ws_expect(fd, "4hello \xc3\xa9");
    edge_ws_send(fd, 0x82, "\x00\x01\xff", 3);
    assert_int_equal(edge_ws_read(fd, &got), 0x82);
    assert_int_equal(got.len, 3);
    assert_memory_equal(got.ptr, "\x00\x01\xff", 3);
    buf_dispose(&got);
    close(fd);
}

/* Many messages in one piece come back in order. */
static void test_order(void **state)
{
    enum { COUNT = 2000 };
    char text[32];
    int fd = edge_websocket(&edge);
    for (int i = 0; i < COUNT; i++) {
        snprintf(text, sizeof(text), "4message %d", i);
        edge_ws_text(fd, text);
    }
    for (int i = 0; i < COUNT; i++) {
        snprintf(text, sizeof(text), "4message %d", i);
        edge_ws_expect(fd, text);
    }
    close(fd);
}

static void test_fragments(void **state)
{
    int fd = edge_websocket(&edge);
    edge_ws_send(fd, 0x01, "4one ", 5);
    usleep(5000);
    edge_ws_send(fd, 0x89, "are you there", 13);
    edge_ws_send(fd, 0x00, "two ", 4);
    usleep(5000);
    edge_ws_send(fd, 0x80, "three", 5);
    edge_ws_expect(fd, "are you there");
    edge_ws_expect(fd, "4one two three");
    close(fd);
}

static void test_large(void **state)
{
    enum { BYTES = 900000 };
    struct buf got = BUF_INIT;
    char *text = malloc(BYTES);
    int fd = edge_websocket(&edge);
    for (size_t i = 0; i < BYTES; i++)
        text[i] = i ? (char)('a' + i % 25) : '4';
    edge_ws_send(fd, 0x81, text, BYTES);
    assert_int_equal(edge_ws_read(fd, &got), 0x81);
    assert_int_equal(got.len, BYTES);
    assert_memory_equal(got.ptr, text, BYTES);
    buf_dispose(&got);
    free(text);
    close(fd);
}

/* The handshake and what follows it in one piece. */
static void test_early_bytes(void **state)
{
    struct edge_reply r;
    struct buf open = BUF_INIT;
    int fd = edge_connect(&edge);
    static const char text[] =
        "GET /engine.io?EIO=4&transport=websocket HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x83\0\0\0\0"
        "4hi";
    edge_send(fd, text, sizeof(text) - 1);
    edge_reply(fd, &r, true);
    assert_int_equal(r.status, 101);
    edge_reply_dispose(&r);
    edge_ws_read(fd, &open);
    assert_int_equal(open.ptr[0], '0');
    buf_dispose(&open);
    edge_ws_expect(fd, "4hi");
    close(fd);
}

/* --- slow clients --- */

/* Asks for a flood, takes it slowly at first, and checks every message of it. */
static void take_flood(unsigned count, unsigned bytes)
{
    char ask[64], want[16];
    struct buf got = BUF_INIT;
    int small = 65536, fd = edge_websocket(&edge);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    snprintf(ask, sizeof(ask), "4flood %u %u", count, bytes);
    edge_ws_text(fd, ask);
    usleep(100000);
    for (unsigned i = 0; i < count; i++) {
        if (i < 20)
            usleep(5000);
        if (i == 10) /* the client goes on talking meanwhile */
            edge_ws_text(fd, "4still here");
        assert_int_equal(edge_ws_read(fd, &got), 0x81);
        assert_int_equal(got.len, bytes + 1);
        snprintf(want, sizeof(want), "4%09u ", i);
        assert_memory_equal(got.ptr, want, 11);
        for (size_t j = 11; j < got.len; j++) {
            if (got.ptr[j] != (char)('a' + i % 26))
                fail_msg("message %u, byte %zu", i, j);
        }
    }
    edge_ws_expect(fd, "4still here");
    buf_dispose(&got);
    close(fd);
}

static void test_slow_reader_small(void **state)
{
    take_flood(200000, 100);
}

static void test_slow_reader_mixed(void **state)
{
    take_flood(3000, 10000);
    take_flood(500, 65534);
    take_flood(500, 65536);
}

static void test_slow_reader_large(void **state)
{
    take_flood(40, 900000);
}

/* A client that takes nothing costs references, not copies, and the others do not notice. */
static void test_others_go_on(void **state)
{
    int stuck = edge_websocket(&edge), fd = edge_websocket(&edge);
    edge_ws_text(stuck, "4flood 150 900000");
    usleep(50000);
    for (int i = 0; i < 100; i++) {
        edge_ws_text(fd, "4and I?");
        edge_ws_expect(fd, "4and I?");
    }
    close(stuck);
    close(fd);
}

static double processor_seconds(pid_t pid)
{
    char path[64], text[1024] = "";
    unsigned long user = 0, system_ = 0;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
    fclose(f);
    sscanf(strrchr(text, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
           &system_);
    return (double)(user + system_) / (double)sysconf(_SC_CLK_TCK);
}

/* A client that sends and does not read is not read from either, instead of filling the memory; it
 * costs no time meanwhile; and when it reads at last, nothing is missing. */
static void test_backpressure(void **state)
{
    enum { BYTES = 10000, MOST = 64000000 };
    struct timeval patience = {.tv_usec = 300000};
    char frame[8 + BYTES] = {(char)0x82, (char)0xfe, BYTES >> 8, (char)(BYTES & 0xff)};
    struct buf got = BUF_INIT;
    int fd = edge_websocket(&edge);
    size_t sent = 0;
    ssize_t n;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    while (sent < MOST) {
        size_t at = sent % sizeof(frame);
        n = send(fd, frame + at, sizeof(frame) - at, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        sent += (size_t)n;
    }
    assert_true(sent < MOST);
    double before = processor_seconds(edge.pid);
    usleep(300000);
    assert_true(processor_seconds(edge.pid) - before < 0.1);
    for (size_t i = 0; i < sent / sizeof(frame); i++) {
        assert_int_equal(edge_ws_read(fd, &got), 0x82);
        assert_int_equal(got.len, BYTES);
    }
    buf_dispose(&got);
    close(fd);
}

/* What a client has not taken is the session's to count, and not hidden in the edge. */
static void test_send_queue_limit(void **state)
{
    struct edge other;
    edge_start(&other, "send_queue_limit=20000000");
    int stuck = edge_websocket(&other);
    edge_ws_text(stuck, "4flood 100 900000");
    edge_logged(&other, "over send_queue_limit");
    close(stuck);
    edge_stop(&other, 5);
}

/* Bytes of many messages come at once; the work that they make is not done at once. */
static void test_one_client_does_not_take_every_turn(void **state)
{
    static const char message[] = "\x81\x87\0\0\0\0"
                                  "4work 4";
    char many[250 * (sizeof(message) - 1)];
    int busy = edge_websocket(&edge), other = edge_websocket(&edge);
    for (size_t i = 0; i < 250; i++)
        memcpy(many + i * (sizeof(message) - 1), message, sizeof(message) - 1);
    int64_t start_ns = clock_now_ns();
    edge_send(busy, many, sizeof(many));
    usleep(20000);
    edge_ws_text(other, "4hello");
    edge_ws_expect(other, "4hello");
    assert_true(clock_now_ns() - start_ns < NS_PER_S / 2);
    for (size_t i = 0; i < 250; i++)
        edge_ws_expect(busy, "4work 4");
    assert_true(clock_now_ns() - start_ns > NS_PER_S);
    edge_send(busy, many, sizeof(many)); /* it may leave in the middle */
    usleep(20000);
    close(busy);
    edge_ws_text(other, "4hello");
    edge_ws_expect(other, "4hello");
    close(other);
}

/* Its turn is over with its last byte: nothing waits, and it is read again. */
static void test_long_message_alone(void **state)
{
    int fd = edge_websocket(&edge);
    for (int i = 0; i < 2; i++) {
        edge_ws_text(fd, "4work 30");
        edge_ws_expect(fd, "4work 30");
    }
    edge_ws_text(fd, "4hello");
    edge_ws_expect(fd, "4hello");
    close(fd);
}

/* What waits for a client's turn when the connection ends goes with it. */
static void test_ends_while_messages_wait(void **state)
{
    int fd = edge_websocket(&edge);
    for (int i = 0; i < 3; i++)
        edge_ws_text(fd, "4work 30");
    edge_ws_text(fd, "4bye");
    edge_ws_text(fd, "4hello");
    for (int i = 0; i < 3; i++)
        edge_ws_expect(fd, "4work 30");
    edge_ws_expect_close(fd, 1000);
}

/* So much came behind a request that is not answered yet that nothing more was read. */
static void test_handshake_behind_a_request(void **state)
{
    enum { MESSAGES = 100, BYTES = 1000 };
    char message[BYTES + 1] = "4";
    struct edge_reply r;
    int fd = edge_connect(&edge);
    memset(message + 1, 'x', BYTES - 1);
    message[BYTES] = 0;
    edge_text(fd, "GET /later?100 HTTP/1.1\r\nHost: h\r\n\r\n"
                  "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: h\r\n"
                  "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    for (int i = 0; i < MESSAGES; i++)
        edge_ws_text(fd, message);
    edge_reply(fd, &r, false);
    edge_reply_dispose(&r);
    edge_reply(fd, &r, true);
    assert_int_equal(r.status, 101);
    edge_reply_dispose(&r);
    struct buf open = BUF_INIT;
    edge_ws_read(fd, &open);
    buf_dispose(&open);
    edge_ws_text(fd, "4last");
    for (int i = 0; i < MESSAGES; i++)
        edge_ws_expect(fd, message);
    edge_ws_expect(fd, "4last");
    close(fd);
}

/* One session has one WebSocket: the second's handshake is answered, and then refused. */
static void test_no_upgrade_is_possible(void **state)
{
    struct edge_reply r;
    char request[256];
    edge_get(&edge, "GET /engine.io/?EIO=4&transport=polling", "", &r);
    snprintf(request, sizeof(request),
             "GET /engine.io/?EIO=4&transport=websocket&sid=%.20s HTTP/1.1\r\nHost: h\r\n"
             "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
             r.body.ptr + 9);
    edge_reply_dispose(&r);
    int broken = edge_connect(&edge), first = edge_connect(&edge), second = edge_connect(&edge);
    edge_text(broken, request);
    edge_reply(broken, &r, true);
    edge_reply_dispose(&r);
    edge_ws_send(broken, 0x83, "x", 1); /* its place is free again */
    edge_ws_expect_close(broken, 1002);
    edge_text(first, request);
    edge_reply(first, &r, true);
    edge_reply_dispose(&r);
    edge_text(second, request);
    edge_reply(second, &r, true);
    assert_int_equal(r.status, 101);
    edge_reply_dispose(&r);
    edge_ws_expect_close(second, 1008);
    edge_logged(&edge, "no upgrade is possible now");
    edge_ws_text(first, "2probe");
    edge_ws_expect(first, "3probe");
    edge_ws_text(first, "5");
    edge_ws_text(first, "1");
    edge_ws_expect_close(first, 1000);
}

/* --- ends --- */

static void expect_sessions(int fd, const char *count)
{
    struct buf got = BUF_INIT;
    char want[16];
    snprintf(want, sizeof(want), "4%s", count);
    for (int i = 0; i < 200; i++) {
        edge_ws_text(fd, "4sessions");
        edge_ws_read(fd, &got);
        if (strcmp(got.ptr, want) == 0)
            break;
        usleep(10000);
    }
    assert_string_equal(got.ptr, want);
    buf_dispose(&got);
}

static void test_gone(void **state)
{
    struct linger reset = {.l_onoff = 1};
    int fd = edge_websocket(&edge);
    expect_sessions(fd, "1");
    int a = edge_websocket(&edge), b = edge_websocket(&edge), c = edge_websocket(&edge);
    expect_sessions(fd, "4");
    close(a);
    setsockopt(b, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    close(b);
    shutdown(c, SHUT_WR);
    expect_sessions(fd, "1");
    close(c);
    close(fd);
}

/* Gone while the server has megabytes for it, half a frame written. */
static void test_gone_while_blocked(void **state)
{
    struct linger reset = {.l_onoff = 1};
    int fd = edge_websocket(&edge), other = edge_websocket(&edge);
    edge_ws_text(fd, "4flood 100 900000");
    usleep(50000);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    close(fd);
    expect_sessions(other, "1");
    close(other);
}

static void close_case(uint8_t first, const void *payload, size_t len, unsigned code)
{
    int fd = edge_websocket(&edge);
    edge_ws_send(fd, first, payload, len);
    edge_ws_expect_close(fd, code);
}

static void test_closes(void **state)
{
    char *large = calloc(1, 1000001);
    close_case(0x88, "\x03\xe8", 2, 1000);
    close_case(0x88, "\x0f\xa0 reason", 9, 4000);
    close_case(0x81, "4\xff", 2, 1007);
    close_case(0x83, "x", 1, 1002);
    close_case(0xc1, "4x", 2, 1002);
    close_case(0x80, "4x", 2, 1002);
    close_case(0x81, "4bye", 4, 1000);
    close_case(0x81, "1", 1, 1000);
    close_case(0x81, "abc", 3, 1002);
    close_case(0x82, large, 1000001, 1009);
    edge_logged(&edge, "a message over max_http_buffer_size, closed");
    edge_logged(&edge, "a text message that is not UTF-8, closed");
    edge_logged(&edge, "an unknown opcode, closed");
    free(large);
}

static void test_close_without_code(void **state)
{
    struct buf got = BUF_INIT;
    int fd = edge_websocket(&edge);
    edge_ws_send(fd, 0x88, "", 0);
    assert_int_equal(edge_ws_read(fd, &got), 0x88);
    assert_int_equal(got.len, 0);
    buf_dispose(&got);
    edge_expect_end(fd);
}

/* The close frame stands behind all that was sent before it, large frames too. */
static void test_close_behind_flood(void **state)
{
    struct buf got = BUF_INIT;
    int small = 65536, fd = edge_websocket(&edge);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    edge_ws_send(fd, 0x89, "once", 4);
    assert_int_equal(edge_ws_read(fd, &got), 0x8a);
    edge_ws_text(fd, "4flood 8 900000");
    edge_ws_text(fd, "4bye");
    usleep(100000);
    for (int i = 0; i < 8; i++) {
        edge_ws_read(fd, &got);
        assert_int_equal(got.len, 900001);
    }
    buf_dispose(&got);
    edge_ws_expect_close(fd, 1000);
}

#define OKHTTP "User-Agent: okhttp/4.12.0\r\n"

/* okhttp takes no close frame for an end: its stream ends behind what was sent, and that is all. */
static void test_okhttp_gets_no_close_frame(void **state)
{
    struct buf got = BUF_INIT;
    int fd = edge_websocket_with(&edge, OKHTTP);
    edge_ws_text(fd, "4hello");
    edge_ws_text(fd, "4bye");
    edge_ws_expect(fd, "4hello");
    edge_expect_end(fd);
    fd = edge_websocket_with(&edge, OKHTTP);
    edge_ws_text(fd, "abc");
    edge_expect_end(fd);
    int small = 65536;
    fd = edge_websocket_with(&edge, OKHTTP);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    edge_ws_text(fd, "4flood 8 900000");
    edge_ws_text(fd, "4bye");
    usleep(100000);
    for (int i = 0; i < 8; i++) {
        edge_ws_read(fd, &got);
        assert_int_equal(got.len, 900001);
    }
    buf_dispose(&got);
    edge_expect_end(fd);
}

static void test_okhttp_is_answered_when_it_closes(void **state)
{
    int fd = edge_websocket_with(&edge, OKHTTP);
    edge_ws_send(fd, 0x88, "\x03\xe8", 2);
    edge_ws_expect_close(fd, 1000);
}

/* A program of another name that has it somewhere in its own. */
static void test_not_okhttp(void **state)
{
    int fd = edge_websocket_with(&edge, "User-Agent: Mozilla/5.0 okhttp/4.12.0\r\n");
    edge_ws_text(fd, "4bye");
    edge_ws_expect_close(fd, 1000);
}

static void test_oversized_takes_no_memory(void **state)
{
    static const unsigned char head[] = {0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    int fd = edge_websocket(&edge);
    edge_send(fd, head, sizeof(head));
    edge_ws_expect_close(fd, 1009);
}

/* --- compression --- */

static void test_deflate(void **state)
{
    struct edge other;
    struct edge_reply r;
    struct buf got = BUF_INIT;
    edge_start(&other, "per_message_deflate=true");
    int fd = edge_connect(&other);
    edge_text(fd, "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: h\r\n"
                  "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                  "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
                  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    edge_reply(fd, &r, true);
    assert_non_null(strstr(r.head.ptr, "permessage-deflate; server_no_context_takeover"));
    edge_reply_dispose(&r);
    edge_ws_read(fd, &got);
    /* "4hello", compressed, as RFC 7692 section 7.2.3.1 has "Hello" */
    edge_ws_send(fd, 0xc1, "\x32\xc9\x48\xcd\xc9\xc9\x07\x00", 8);
    assert_int_equal(edge_ws_read(fd, &got), 0x81);
    assert_string_equal(got.ptr, "4hello");
    edge_ws_text(fd, "4flood 2 100000");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(edge_ws_read(fd, &got), 0xc1);
        assert_true(got.len < 1000);
    }
    edge_ws_send(fd, 0xc1, "\xff\xff\xff", 3);
    edge_ws_expect_close(fd, 1007);
    buf_dispose(&got);
    edge_stop(&other, 5);
}

/* A few KB that would be 2 MB. */
static void test_deflated_too_big(void **state)
{
    struct edge other;
    struct ws_deflate *d = ws_deflate_create();
    struct buf text = BUF_INIT, packed = BUF_INIT;
    edge_start(&other, "per_message_deflate=true");
    int fd = edge_websocket_with(&other, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
    memset(buf_reserve(&text, 2000000), '4', 2000000);
    text.len = 2000000;
    struct frame *f = frame_create(false, buf_slice(&text));
    ws_deflate_frame(d, f, &packed);
    assert_int_equal((uint8_t)packed.ptr[1], 126); /* a head of four bytes */
    edge_ws_send(fd, 0xc1, packed.ptr + 4, packed.len - 4);
    edge_ws_expect_close(fd, 1009);
    frame_unref(f);
    ws_deflate_destroy(d);
    buf_dispose(&text);
    buf_dispose(&packed);
    edge_stop(&other, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_early_bytes),
        cmocka_unit_test(test_slow_reader_small),
        cmocka_unit_test(test_slow_reader_mixed),
        cmocka_unit_test(test_slow_reader_large),
        cmocka_unit_test(test_others_go_on),
        cmocka_unit_test(test_backpressure),
        cmocka_unit_test(test_send_queue_limit),
        cmocka_unit_test(test_one_client_does_not_take_every_turn),
        cmocka_unit_test(test_long_message_alone),
        cmocka_unit_test(test_no_upgrade_is_possible),
        cmocka_unit_test(test_ends_while_messages_wait),
        cmocka_unit_test(test_handshake_behind_a_request),
        cmocka_unit_test(test_gone),
        cmocka_unit_test(test_gone_while_blocked),
        cmocka_unit_test(test_closes),
        cmocka_unit_test(test_close_without_code),
        cmocka_unit_test(test_close_behind_flood),
        cmocka_unit_test(test_okhttp_gets_no_close_frame),
        cmocka_unit_test(test_okhttp_is_answered_when_it_closes),
        cmocka_unit_test(test_not_okhttp),
        cmocka_unit_test(test_oversized_takes_no_memory),
        cmocka_unit_test(test_deflate),
        cmocka_unit_test(test_deflated_too_big),
        cmocka_unit_test(test_end),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
