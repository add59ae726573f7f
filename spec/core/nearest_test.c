/* The nearest name: slips of the keyboard are found, other words are not. */
#include "core/base/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <cmocka.h>

static const char *const names[] = {"host",         "port",        "path",  "ping_interval",
                                    "ping_timeout", "max_clients", "debug", "cors_allowed_origins",
                                    "secret_key",   NULL};

static const struct {
    const char *word, *expected;
} slips[] = {
    {"host", "host"},
    {"hots", "host"}, /* a swap is one slip */
    {"hoost", "host"},
    {"hst", "host"},
    {"prot", "port"},
    {"pord", "port"},
    {"Port", "port"},
    {"PING-INTERVAL", "ping_interval"},
    {"ping_intervall", "ping_interval"},
    {"pingInterval", "ping_interval"},
    {"ping_timout", "ping_timeout"},
    {"ping_time", "ping_timeout"},
    {"max-client", "max_clients"},
    {"debgu", "debug"},
    {"secretkey", "secret_key"},
    {"cors_origins", NULL}, /* eight away */
    {"colour", NULL},
    {"x", NULL},
    {"", NULL},
    {"pt", NULL},
};

static void test_slips(void **state)
{
    for (size_t i = 0; i < sizeof(slips) / sizeof(*slips); i++) {
        const char *found = nearest_find(slice_str(slips[i].word), names);
        if (found != slips[i].expected &&
            (!found || !slips[i].expected || strcmp(found, slips[i].expected) != 0))
            fail_msg("\"%s\" found %s", slips[i].word, found ? found : "nothing");
    }
}

static void test_the_limit_is_a_third_of_the_word(void **state)
{
    static const char *const one[] = {"abcdefghi", NULL};
    assert_string_equal(nearest_find(SLICE("abcdefxyz"), one), "abcdefghi");
    assert_null(nearest_find(SLICE("abcdewxyz"), one));
    assert_string_equal(nearest_find(SLICE("b"), (const char *const[]){"a", NULL}), "a");
}

static void test_equally_near_is_the_first(void **state)
{
    static const char *const pair[] = {"cat", "bat", NULL};
    assert_string_equal(nearest_find(SLICE("rat"), pair), "cat");
    assert_string_equal(nearest_find(SLICE("bat"), pair), "bat");
}

static void test_a_hyphen_is_an_underscore(void **state)
{
    static const char *const pair[] = {"a.b", "a_b", NULL};
    assert_string_equal(nearest_find(SLICE("a-b"), pair), "a_b");
}

static void test_long_words_and_no_names(void **state)
{
    static const char *const none[] = {NULL};
    static const char *const lengthy[] = {
        "a_name_that_is_far_longer_than_any_option_of_any_program_should_ever_be", "port", NULL};
    char word[4096];
    memset(word, 'a', sizeof(word));
    assert_null(nearest_find(SLICE("port"), none));
    assert_null(nearest_find(slice_make(word, sizeof(word)), names));
    assert_null(nearest_find(slice_make(word, 63), names));
    assert_null(nearest_find(slice_make(word, 63), lengthy));
    assert_string_equal(nearest_find(SLICE("prt"), lengthy), "port");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slips),
        cmocka_unit_test(test_the_limit_is_a_third_of_the_word),
        cmocka_unit_test(test_equally_near_is_the_first),
        cmocka_unit_test(test_a_hyphen_is_an_underscore),
        cmocka_unit_test(test_long_words_and_no_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
