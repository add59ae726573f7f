/* Addresses and ranges: what is one, and what lies in it. */
#include "core/codec/ip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void test_addresses(void **state)
{
    static const char *const good[] = {
        "127.0.0.1", "255.255.255.255", "::", "::1", "2001:db8::a:b", "::ffff:10.1.2.3"};
    static const char *const bad[] = {
        "",           "127.0.0", "127.0.0.256",  "127.0.0.1 ", "localhost",
        "::1%eth0",   "1::2::3", "127.0.0.1:80", "[::1]",      "127.1",
        "0x7f.0.0.1", "12345::", "10.0.0/8",     "127.0.0.1/8"};
    struct ip ip;

    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        if (!ip_parse(slice_str(good[i]), &ip))
            fail_msg("%s is an address", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (ip_parse(slice_str(bad[i]), &ip))
            fail_msg("%s is none", bad[i]);
    assert_false(ip_parse(SLICE("127.0.0.1\0.evil"), &ip));
    assert_false(ip_parse(SLICE("0000:0000:0000:0000:0000:ffff:0000000000000000127.0.0.1"), &ip));
}

static void test_ranges(void **state)
{
    static const struct {
        const char *range, *address;
        bool expected;
    } cases[] = {
        {"127.0.0.1", "127.0.0.1", true},
        {"127.0.0.1", "127.0.0.2", false},
        {"127.0.0.1", "::ffff:127.0.0.1", true},
        {"::ffff:127.0.0.1", "127.0.0.1", true},
        {"::1", "::1", true},
        {"::1", "0.0.0.1", false},
        {"10.0.0.0/8", "10.255.0.1", true},
        {"10.9.9.9/8", "10.255.0.1", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"192.168.4.0/22", "192.168.7.255", true},
        {"192.168.4.0/22", "192.168.8.0", false},
        {"10.1.2.3/32", "10.1.2.3", true},
        {"10.1.2.3/31", "10.1.2.2", true},
        {"10.1.2.3/32", "10.1.2.2", false},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "2001:db8::1", true},
        {"::/0", "203.0.113.9", false},
        {"fd00::/8", "fd12:3456::1", true},
        {"fd00::/8", "fe80::1", false},
        {"2001:db8::/33", "2001:db8:7fff::", true},
        {"2001:db8::/33", "2001:db8:8000::", false},
        {"2001:db8::1/128", "2001:db8::1", true},
    };
    static const char *const bad[] = {
        "",           "10.0.0.0/",   "10.0.0.0/33", "10.0.0.0/8/8", "10.0.0.0/-1", "10.0.0.0/+8",
        "fd00::/129", "fd00::/0008", "/8",          "10.0.0.0/ 8",  "*",           "proxy"};
    struct ip_range range;
    struct ip ip;

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        assert_true(ip_range_parse(slice_str(cases[i].range), &range));
        assert_true(ip_parse(slice_str(cases[i].address), &ip));
        if (ip_range_has(&range, &ip) != cases[i].expected)
            fail_msg("%s in %s", cases[i].address, cases[i].range);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        if (ip_range_parse(slice_str(bad[i]), &range))
            fail_msg("%s is no range", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
