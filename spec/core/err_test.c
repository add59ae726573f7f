/* Every reason has a text of its own. */
#include "core/base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

static void test_every_reason_has_a_text(void **unused)
{
    for (enum err a = ERR_OK; a <= ERR_UNSUPPORTED; a++) {
        assert_true(strlen(err_text(a)) > 1);
        assert_null(strchr(err_text(a), '.'));
        for (enum err b = ERR_OK; b < a; b++)
            assert_string_not_equal(err_text(a), err_text(b));
    }
    assert_non_null(err_text((enum err)999));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_reason_has_a_text)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
