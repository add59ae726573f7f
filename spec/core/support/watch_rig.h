/* A watch on a loop of its own, in a folder of its own that is the working directory: what it tells
 * is written down. */
#ifndef MW_SPEC_WATCH_RIG_H
#define MW_SPEC_WATCH_RIG_H

#include "core/net/watch.h"

#include "core/base/buf.h"
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

struct rig {
    char folder[64]; /* the working directory of a test */
    char before[1024];
    struct loop loop;
    struct log log;
    struct watch *watch;
    struct buf told; /* paths in order, a space behind each, and ";" behind each call */
    struct buf logged;
    int64_t told_ns;
};

int watch_rig_setup(void **state);
int watch_rig_teardown(void **state);

#define TEST(name) cmocka_unit_test_setup_teardown(name, watch_rig_setup, watch_rig_teardown)

void put(const char *path, const char *text);
/* As most editors save. */
void put_beside(const char *path, const char *text);

void run(struct rig *r, int ms);
/* Waits for a call, and a while longer for another that should not come. */
void expect(struct rig *r, const char *told);
void expect_nothing(struct rig *r);

/* `b` may be NULL. */
void watch_files(struct rig *r, const char *a, const char *b);

#endif
