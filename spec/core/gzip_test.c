/* Which coding an Accept-Encoding header means, and that zlib reads back what was written. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <zlib.h>

#include "core/codec/gzip.h"

static void test_choose(void **state)
{
    static const struct {
        const char *header;
        enum gzip_coding coding;
    } cases[] = {
        {"gzip, deflate, br", GZIP_GZIP},
        {"deflate", GZIP_DEFLATE},
        {"br", GZIP_NONE},
        {"", GZIP_NONE},
        {"GZIP;q=0.5", GZIP_GZIP},
        {"gzip;q=0, deflate", GZIP_DEFLATE},
        {"gzip;q=0.000,deflate; q=0.001", GZIP_DEFLATE},
        {"gzip;q=", GZIP_NONE},
        {"identity", GZIP_NONE},
        {"gzipped", GZIP_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct slice header = slice_str(cases[i].header);
        char *alone = mem_dup(header.ptr, header.len); /* with nothing behind it */
        assert_int_equal(gzip_choose(slice_make(alone, header.len)), cases[i].coding);
        mem_free(alone);
    }
}

static void test_round_trip(void **state)
{
    char text[5000], back[5000];
    (void)state;
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + i * i % 23);
    for (enum gzip_coding coding = GZIP_GZIP; coding <= GZIP_DEFLATE; coding++) {
        struct buf packed = BUF_INIT;
        z_stream z = {0};
        assert_true(gzip_encode(coding, slice_make(text, sizeof(text)), &packed));
        assert_true(packed.len < sizeof(text));
        z.next_in = (unsigned char *)packed.ptr;
        z.avail_in = (unsigned)packed.len;
        z.next_out = (unsigned char *)back;
        z.avail_out = sizeof(back);
        assert_int_equal(inflateInit2(&z, coding == GZIP_GZIP ? 31 : 15), Z_OK);
        assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
        assert_int_equal(z.total_out, sizeof(text));
        assert_memory_equal(text, back, sizeof(text));
        inflateEnd(&z);
        buf_dispose(&packed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choose),
        cmocka_unit_test(test_round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
