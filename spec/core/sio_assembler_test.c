/* Binary packets and their attachments: order, limits, and what comes unasked. */
#include "core/codec/sio_assembler.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define LIMIT 1000

/* Starts from a text that is gone afterwards, as a WebSocket message is. */
static enum err start(struct sio_assembler *a, const char *text)
{
    char *copy = mem_dup(text, strlen(text));
    struct sio_packet packet;
    assert_int_equal(sio_packet_decode(slice_str(copy), &packet), ERR_OK);
    enum err err = sio_assembler_start(a, &packet);
    memset(copy, '#', strlen(copy));
    mem_free(copy);
    return err;
}

static enum err add(struct sio_assembler *a, struct slice bytes, size_t limit, bool *complete)
{
    char *copy = mem_dup(bytes.ptr, bytes.len);
    enum err err = sio_assembler_add(a, slice_make(copy, bytes.len), limit, complete);
    memset(copy, '#', bytes.len);
    mem_free(copy);
    return err;
}

static void test_attachments_come_in_order(void **unused)
{
    struct sio_assembler a = {0};
    bool complete = true;
    assert_false(sio_assembler_waiting(&a));
    assert_int_equal(start(&a, "53-/chat,12[\"e\"]"), ERR_OK);
    assert_true(sio_assembler_waiting(&a));
    assert_int_equal(add(&a, SLICE("one"), LIMIT, &complete), ERR_OK);
    assert_false(complete);
    assert_int_equal(add(&a, SLICE(""), LIMIT, &complete), ERR_OK);
    assert_false(complete);
    assert_int_equal(add(&a, SLICE("\0three"), LIMIT, &complete), ERR_OK);
    assert_true(complete);
    assert_int_equal(a.packet.type, SIO_BINARY_EVENT);
    assert_int_equal(a.packet.id, 12);
    assert_true(slice_equal(a.packet.namespace_, SLICE("/chat")));
    assert_true(slice_equal(a.packet.payload, SLICE("[\"e\"]")));
    assert_int_equal(a.received, 3);
    assert_true(slice_equal(a.attachments[0], SLICE("one")));
    assert_int_equal(a.attachments[1].len, 0);
    assert_true(slice_equal(a.attachments[2], SLICE("\0three")));
    sio_assembler_reset(&a);
    assert_false(sio_assembler_waiting(&a));
}

static void test_one_after_the_other(void **unused)
{
    struct sio_assembler a = {0};
    bool complete;
    for (int round = 0; round < 3; round++) {
        assert_int_equal(start(&a, "61-3[]"), ERR_OK);
        assert_int_equal(add(&a, SLICE("x"), LIMIT, &complete), ERR_OK);
        assert_true(complete);
        assert_true(slice_equal(a.packet.namespace_, SLICE("/")));
        sio_assembler_reset(&a);
    }
}

static void test_the_most_attachments(void **unused)
{
    struct sio_assembler a = {0};
    bool complete = false;
    assert_int_equal(start(&a, "510-[\"e\"]"), ERR_OK);
    for (int i = 0; i < SIO_ATTACHMENTS_MAX; i++) {
        assert_false(complete);
        assert_int_equal(add(&a, SLICE("x"), LIMIT, &complete), ERR_OK);
    }
    assert_true(complete);
    sio_assembler_reset(&a);
}

static void test_unasked_attachments(void **unused)
{
    struct sio_assembler a = {0};
    bool complete = true;
    assert_int_equal(add(&a, SLICE("x"), LIMIT, &complete), ERR_STATE);
    assert_false(complete);
    assert_int_equal(start(&a, "51-[\"e\"]"), ERR_OK);
    assert_int_equal(add(&a, SLICE("x"), LIMIT, &complete), ERR_OK);
    assert_int_equal(add(&a, SLICE("x"), LIMIT, &complete), ERR_STATE);
    assert_false(complete);
    assert_int_equal(a.received, 1);
    sio_assembler_reset(&a);
    assert_int_equal(add(&a, SLICE("x"), LIMIT, &complete), ERR_STATE);
}

/* The text's 6 bytes (its namespace and payload) count with the attachments. */
static void test_limit(void **unused)
{
    struct sio_assembler a = {0};
    bool complete;
    assert_int_equal(start(&a, "52-[\"e\"]"), ERR_OK);
    assert_int_equal(add(&a, SLICE("1234"), 9, &complete), ERR_RANGE);
    assert_int_equal(a.received, 0);
    assert_int_equal(add(&a, SLICE("1234"), 10, &complete), ERR_OK);
    assert_int_equal(add(&a, SLICE("5"), 10, &complete), ERR_RANGE);
    assert_int_equal(add(&a, SLICE("5"), 3, &complete), ERR_RANGE);
    assert_int_equal(sio_assembler_add(&a, slice_make("5", SIZE_MAX), SIZE_MAX, &complete),
                     ERR_RANGE);
    assert_int_equal(add(&a, SLICE(""), 10, &complete), ERR_OK);
    assert_true(complete);
    sio_assembler_reset(&a);
}

static void test_reset_half_way(void **unused)
{
    struct sio_assembler a = {0};
    bool complete;
    assert_int_equal(start(&a, "53-[\"e\"]"), ERR_OK);
    assert_int_equal(add(&a, SLICE("lost"), LIMIT, &complete), ERR_OK);
    sio_assembler_reset(&a);
    sio_assembler_reset(&a);
    assert_false(sio_assembler_waiting(&a));
}

/* Whichever allocation fails, what was there stays, and the same call succeeds afterwards. */
static void test_each_allocation_fails_once(void **unused)
{
    for (uint64_t n = 1; n <= 4; n++) {
        struct sio_assembler a = {0};
        bool complete = false;
        unsigned failures = 0;
        mem_test_fail_nth(n);
        while (!sio_assembler_waiting(&a)) {
            enum err err = start(&a, "52-/a,[\"e\"]");
            assert_true(err == ERR_OK || err == ERR_NOMEM);
            failures += err == ERR_NOMEM;
        }
        while (!complete) {
            enum err err = add(&a, SLICE("bytes"), LIMIT, &complete);
            assert_true(err == ERR_OK || err == ERR_NOMEM);
            failures += err == ERR_NOMEM;
        }
        mem_test_fail_nth(0);
        assert_int_equal(failures, n <= 3);
        assert_int_equal(a.received, 2);
        assert_true(slice_equal(a.attachments[1], SLICE("bytes")));
        sio_assembler_reset(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attachments_come_in_order),
        cmocka_unit_test(test_one_after_the_other),
        cmocka_unit_test(test_the_most_attachments),
        cmocka_unit_test(test_unasked_attachments),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_reset_half_way),
        cmocka_unit_test(test_each_allocation_fails_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
