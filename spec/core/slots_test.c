/* Handles: they find what they were given for, and nothing once it was removed. */
#include "core/base/slots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <cmocka.h>

static int objects[1000];

static void test_finds_what_was_added(void **state)
{
    struct slots t = {0};
    slot_id ids[1000];
    for (int i = 0; i < 1000; i++) {
        ids[i] = slots_add(&t, &objects[i]);
        assert_true(ids[i] != 0);
    }
    assert_int_equal(t.used, 1000);
    for (int i = 0; i < 1000; i++)
        assert_ptr_equal(slots_find(&t, ids[i]), &objects[i]);
    slots_dispose(&t);
    assert_int_equal(t.used, 0);
}

static void test_an_old_handle_finds_nothing(void **state)
{
    struct slots t = {0};
    slot_id old = slots_add(&t, &objects[0]);
    slots_remove(&t, old);
    assert_int_equal(t.used, 0);
    assert_null(slots_find(&t, old));
    slot_id new = slots_add(&t, &objects[1]); /* in the same place */
    assert_int_equal((uint32_t) new, (uint32_t)old);
    assert_true(new != old);
    assert_null(slots_find(&t, old));
    assert_ptr_equal(slots_find(&t, new), &objects[1]);
    slots_dispose(&t);
}

static void test_handles_that_never_were(void **state)
{
    struct slots t = {0};
    const slot_id strange[] = {0, 1, (slot_id)1 << 32, UINT64_MAX, (slot_id)2 << 32};
    assert_null(slots_find(&t, 0));
    assert_null(slots_find(&t, (slot_id)1 << 32));
    slot_id id = slots_add(&t, &objects[0]);
    for (size_t i = 0; i < sizeof(strange) / sizeof(*strange); i++)
        if (strange[i] != id)
            assert_null(slots_find(&t, strange[i]));
    slots_dispose(&t);
}

static void test_freed_places_are_used_again(void **state)
{
    struct slots t = {0};
    slot_id ids[10];
    for (int i = 0; i < 10; i++)
        ids[i] = slots_add(&t, &objects[i]);
    for (int i = 0; i < 10; i += 2)
        slots_remove(&t, ids[i]);
    for (int i = 0; i < 10; i += 2)
        ids[i] = slots_add(&t, &objects[i]);
    assert_int_equal(t.used, 10);
    assert_int_equal(t._count, 10);
    for (int i = 0; i < 10; i++)
        assert_ptr_equal(slots_find(&t, ids[i]), &objects[i]);
    slots_dispose(&t);
}

static void test_generations_wrap_past_zero(void **state)
{
    struct slots t = {0};
    slots_remove(&t, slots_add(&t, &objects[0]));
    t._slots[0]._generation = UINT32_MAX;
    slot_id id = slots_add(&t, &objects[0]);
    assert_int_equal(id >> 32, 1);
    assert_ptr_equal(slots_find(&t, id), &objects[0]);
    slots_dispose(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finds_what_was_added),
        cmocka_unit_test(test_an_old_handle_finds_nothing),
        cmocka_unit_test(test_handles_that_never_were),
        cmocka_unit_test(test_freed_places_are_used_again),
        cmocka_unit_test(test_generations_wrap_past_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
