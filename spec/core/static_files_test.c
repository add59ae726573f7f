/* Files from the disk: what is served, with which headers, and the wall around the folder. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/net/static_files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A folder with files in it, and one beside it that nobody may see. */
struct disk {
    char root[64];
    char folder[80];
};

static void put_file(const struct disk *d, const char *name, const char *text)
{
    char path[160];
    snprintf(path, sizeof(path), "%s/%s", d->root, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void link_file(const struct disk *d, const char *target, const char *name)
{
    char path[160];
    snprintf(path, sizeof(path), "%s/%s", d->root, name);
    assert_int_equal(symlink(target, path), 0);
}

static void make_folder(const struct disk *d, const char *name)
{
    char path[160];
    snprintf(path, sizeof(path), "%s/%s", d->root, name);
    assert_int_equal(mkdir(path, 0755), 0);
}

static int make_disk(void **state)
{
    struct disk *d = calloc(1, sizeof(*d));
    char path[160];
    strcpy(d->root, "/tmp/files-XXXXXX");
    assert_non_null(mkdtemp(d->root));
    snprintf(d->folder, sizeof(d->folder), "%s/static", d->root);
    make_folder(d, "static");
    make_folder(d, "static/sub");
    make_folder(d, "static/.git");
    make_folder(d, "static-other");
    put_file(d, "secret.txt", "secret");
    put_file(d, "static-other/secret.txt", "secret");
    put_file(d, "static/page.html", "0123456789");
    put_file(d, "static/empty.txt", "");
    put_file(d, "static/sub/a b.js", "js");
    put_file(d, "static/.env", "secret");
    put_file(d, "static/.git/config", "secret");
    link_file(d, "page.html", "static/inside.html");
    link_file(d, "sub", "static/linked");
    link_file(d, "../secret.txt", "static/outside.txt");
    link_file(d, "/etc/passwd", "static/passwd.txt");
    link_file(d, "..", "static/up");
    link_file(d, "loop", "static/loop");
    snprintf(path, sizeof(path), "%s/pipe", d->folder);
    assert_int_equal(mkfifo(path, 0644), 0);
    *state = d;
    return 0;
}

static int remove_disk(void **state)
{
    struct disk *d = *state;
    char command[96];
    snprintf(command, sizeof(command), "rm -rf '%s'", d->root);
    assert_int_equal(system(command), 0);
    free(d);
    return 0;
}

/* --- one request --- */

struct got {
    struct http_exchange exchange;
    bool served;
    unsigned status;
    struct buf headers; /* "name: value\n" */
    struct buf body;
};

static void respond(struct http_exchange *x, const struct http_response *r)
{
    struct got *g = (struct got *)x;
    g->status = r->status;
    for (size_t i = 0; i < r->header_count; i++)
        buf_printf(&g->headers, "%.*s: %.*s\n", SLICE_ARG(r->headers[i].name),
                   SLICE_ARG(r->headers[i].value));
    buf_append_char(&g->headers, 0);
    buf_append_slice(&g->body, r->body);
    if (r->source) {
        uint64_t left = r->source->len;
        char piece[7];
        while (left) {
            size_t n = r->source->read(r->source->ud, piece, left < 7 ? (size_t)left : 7);
            assert_true(n > 0);
            buf_append(&g->body, piece, n);
            left -= n;
        }
        r->source->close(r->source->ud);
    }
    buf_append_char(&g->body, 0);
}

static void destroy(struct http_exchange *x)
{
}

static const struct http_exchange_ops ops = {.respond = respond, .destroy = destroy};

static void get_as(const struct disk *d, const char *method, struct slice path, const char *name,
                   const char *value, struct got *out)
{
    struct file_server files;
    struct http_header header = {slice_str(name), slice_str(value)};
    struct http_header extra[] = {{SLICE("X-Extra"), SLICE("1")},
                                  {SLICE("cache-control"), SLICE("max-age=9")}};
    struct http_request request = {
        .method = slice_str(method), .header_count = name[0] ? 1 : 0, .headers = &header};
    *out = (struct got){0};
    static_files_init(&files);
    http_exchange_init(&out->exchange, &ops, &request);
    out->served = files.serve(files.ud, &out->exchange, slice_str(d->folder), path, extra,
                              strcmp(method, "GET") == 0 ? 1 : 2);
}

static void get(void **state, const char *path, const char *name, const char *value,
                struct got *out)
{
    get_as(*state, "GET", slice_str(path), name, value, out);
}

static void forget(struct got *g)
{
    buf_dispose(&g->headers);
    buf_dispose(&g->body);
}

static void expect_header(const struct got *g, const char *line)
{
    if (!strstr(g->headers.ptr, line))
        fail_msg("no \"%s\" in\n%s", line, g->headers.ptr);
}

/* --- tests --- */

static void test_whole(void **state)
{
    struct got g;
    get(state, "page.html", "", "", &g);
    assert_true(g.served);
    assert_int_equal(g.status, 200);
    assert_string_equal(g.body.ptr, "0123456789");
    expect_header(&g, "Content-Type: text/html; charset=utf-8\n");
    expect_header(&g, "Cache-Control: no-cache\n");
    expect_header(&g, "X-Content-Type-Options: nosniff\n");
    expect_header(&g, "Accept-Ranges: bytes\n");
    expect_header(&g, "Last-Modified: ");
    expect_header(&g, "ETag: \"");
    expect_header(&g, "X-Extra: 1\n");
    forget(&g);
    get(state, "sub/a b.js", "", "", &g);
    assert_string_equal(g.body.ptr, "js");
    forget(&g);
    get(state, "empty.txt", "", "", &g);
    assert_int_equal(g.status, 200);
    assert_string_equal(g.body.ptr, "");
    forget(&g);
}

static void test_methods(void **state)
{
    struct got g;
    get_as(*state, "HEAD", SLICE("page.html"), "", "", &g);
    assert_int_equal(g.status, 200);
    expect_header(&g, "cache-control: max-age=9\n");
    assert_null(strstr(g.headers.ptr, "no-cache"));
    forget(&g);
    get_as(*state, "POST", SLICE("page.html"), "", "", &g);
    assert_int_equal(g.status, 405);
    expect_header(&g, "Allow: GET, HEAD\n");
    forget(&g);
}

static void test_wall(void **state)
{
    static const char *const paths[] = {
        "",
        "nothing.txt",
        "sub",
        "sub/",
        ".",
        "..",
        "../secret.txt",
        "sub/../../secret.txt",
        "../static-other/secret.txt",
        "/etc/passwd",
        "//etc/passwd",
        "sub//a b.js",
        "outside.txt",
        "passwd.txt",
        "up/secret.txt",
        "up/static/page.html",
        "loop",
        "pipe",
        ".env",
        ".git/config",
        "sub/./a b.js",
        "page.html/",
        "page.html/x",
    };
    struct got g;
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        get(state, paths[i], "", "", &g);
        if (g.served || g.status)
            fail_msg("%s was served", paths[i]);
        forget(&g);
    }
    get_as(*state, "GET", SLICE("page.html\0.txt"), "", "", &g);
    assert_false(g.served);
    char *endless = malloc(10000);
    memset(endless, 'x', 10000);
    get_as(*state, "GET", slice_make(endless, 10000), "", "", &g);
    assert_false(g.served);
    free(endless);
}

static void test_links_inside(void **state)
{
    struct got g;
    get(state, "inside.html", "", "", &g);
    assert_string_equal(g.body.ptr, "0123456789");
    forget(&g);
    get(state, "linked/a b.js", "", "", &g);
    assert_string_equal(g.body.ptr, "js");
    forget(&g);
}

static void test_range(void **state)
{
    struct got g;
    get(state, "page.html", "Range", "bytes=2-4", &g);
    assert_int_equal(g.status, 206);
    assert_string_equal(g.body.ptr, "234");
    expect_header(&g, "Content-Range: bytes 2-4/10\n");
    forget(&g);
    get(state, "page.html", "Range", "bytes=0-", &g);
    assert_int_equal(g.status, 206);
    assert_string_equal(g.body.ptr, "0123456789");
    expect_header(&g, "Content-Range: bytes 0-9/10\n");
    forget(&g);
    get(state, "page.html", "Range", "bytes=10-", &g);
    assert_int_equal(g.status, 416);
    expect_header(&g, "Content-Range: bytes */10\n");
    assert_string_equal(g.body.ptr, "");
    forget(&g);
    get(state, "empty.txt", "Range", "bytes=0-", &g);
    assert_int_equal(g.status, 416);
    forget(&g);
}

static void copy_etag(const struct got *g, char out[64])
{
    assert_int_equal(sscanf(strstr(g->headers.ptr, "ETag: "), "ETag: %63s", out), 1);
}

/* The tag stands for the bytes: the same for the same file, another as soon as it is written. */
static void test_etag(void **state)
{
    struct got g;
    char before[64], after[64];
    get(state, "page.html", "", "", &g);
    copy_etag(&g, before);
    forget(&g);
    get(state, "page.html", "If-None-Match", before, &g);
    assert_int_equal(g.status, 304);
    assert_string_equal(g.body.ptr, "");
    expect_header(&g, "ETag: \"");
    assert_null(strstr(g.headers.ptr, "Content-Type"));
    forget(&g);
    usleep(20000);
    put_file(*state, "static/page.html", "9876543210");
    get(state, "page.html", "If-None-Match", before, &g);
    assert_int_equal(g.status, 200);
    assert_string_equal(g.body.ptr, "9876543210");
    copy_etag(&g, after);
    assert_string_not_equal(before, after);
    forget(&g);
    put_file(*state, "static/page.html", "0123456789");
}

/* As on a kernel that does not know openat2. */
static void forbid_openat2(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = 4, .filter = rules};
    assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static bool is_served(void **state, const char *path)
{
    struct got g;
    get(state, path, "", "", &g);
    bool served = g.served;
    forget(&g);
    return served;
}

/* The wall stands without openat2 too, and then no link is followed. */
static void test_wall_of_old_kernels(void **state)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        forbid_openat2();
        test_wall(state);
        bool right = is_served(state, "page.html") && is_served(state, "sub/a b.js") &&
                     !is_served(state, "inside.html") && !is_served(state, "linked/a b.js");
        _exit(right ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static int open_files(void)
{
    int count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void test_closes_what_it_opens(void **state)
{
    int before = open_files();
    test_whole(state);
    test_methods(state);
    test_wall(state);
    test_range(state);
    test_etag(state);
    assert_int_equal(open_files(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_methods),
        cmocka_unit_test(test_wall),
        cmocka_unit_test(test_links_inside),
        cmocka_unit_test(test_wall_of_old_kernels),
        cmocka_unit_test(test_range),
        cmocka_unit_test(test_etag),
        cmocka_unit_test(test_closes_what_it_opens),
    };
    return cmocka_run_group_tests(tests, make_disk, remove_disk);
}
