/* Reads URL rules and ranks their patterns.
 * Whatever is wrong with a rule is said when it is added, with the rule in the sentence, because a
 * route that silently matches nothing is the hardest kind to find. Matches in http_part.c. */
#include "core/server/http_rule.h"

#include <ctype.h>

static const char *const converters[] = {
    [HTTP_CAPTURE_STRING] = "string",
    [HTTP_CAPTURE_INT] = "int",
    [HTTP_CAPTURE_FLOAT] = "float",
    [HTTP_CAPTURE_PATH] = "path",
};

#define CONVERTER_COUNT (sizeof(converters) / sizeof(*converters))

struct reader {
    struct http_rule *rule;
    struct slice rest;
    struct buf *error;
};

static bool fail(struct reader *r, const char *what)
{
    buf_printf(r->error, "rule \"%s\": %s", r->rule->text, what);
    return false;
}

static size_t name_len(struct slice text)
{
    size_t len = 0;
    while (len < text.len && (isalnum((unsigned char)text.ptr[len]) || text.ptr[len] == '_'))
        len++;
    return len && !isdigit((unsigned char)text.ptr[0]) ? len : 0;
}

static struct slice take(struct reader *r, size_t len)
{
    struct slice taken = slice_make(r->rest.ptr, len);
    r->rest = slice_skip(r->rest, len);
    return taken;
}

static struct http_piece *add_piece(struct http_part *part)
{
    part->pieces = mem_realloc(part->pieces, (part->count + 1) * sizeof(*part->pieces));
    part->pieces[part->count] = (struct http_piece){0};
    return &part->pieces[part->count++];
}

static bool has_capture(const struct http_rule *rule, struct slice name)
{
    for (size_t i = 0; i < rule->part_count; i++)
        for (size_t j = 0; j < rule->parts[i].count; j++)
            if (rule->parts[i].pieces[j].is_capture &&
                slice_equal(rule->parts[i].pieces[j].text, name))
                return true;
    return false;
}

static bool read_converter(struct reader *r, struct slice name, enum http_capture_type *out)
{
    for (size_t i = 0; i < CONVERTER_COUNT; i++) {
        if (slice_equal(name, slice_str(converters[i]))) {
            *out = (enum http_capture_type)i;
            return true;
        }
    }
    if (slice_index(name, '(') < name.len)
        return fail(r, "a converter takes no arguments, as in <int:id>");
    buf_printf(r->error, "rule \"%s\": unknown converter \"%.*s\": the converters are ",
               r->rule->text, SLICE_ARG(name));
    for (size_t i = 0; i < CONVERTER_COUNT; i++)
        buf_printf(r->error, "%s%s", i ? ", " : "", converters[i]);
    return false;
}

static bool read_name(struct reader *r, struct slice name)
{
    if (name.len == 0 || name_len(name) != name.len)
        return fail(r, "a capture is <name> or <converter:name>, a name of letters, digits and _");
    if (!has_capture(r->rule, name))
        return true;
    buf_printf(r->error, "rule \"%s\": \"%.*s\" is captured twice", r->rule->text, SLICE_ARG(name));
    return false;
}

/* <name> or <converter:name> */
static bool read_capture(struct reader *r, struct http_part *part)
{
    enum http_capture_type type = HTTP_CAPTURE_STRING;
    size_t end = slice_index(r->rest, '>');
    if (end == r->rest.len)
        return fail(r, "a \"<\" has no \">\"");

    struct slice name = slice_make(r->rest.ptr + 1, end - 1);
    size_t colon = slice_index(name, ':');
    if (colon < name.len) {
        if (!read_converter(r, slice_make(name.ptr, colon), &type))
            return false;
        name = slice_skip(name, colon + 1);
    }
    if (!read_name(r, name))
        return false;
    if (++r->rule->captures > HTTP_ROUTER_CAPTURES_MAX)
        return fail(r, "there are more than 16 captures");
    *add_piece(part) = (struct http_piece){.is_capture = true, .type = type, .text = name};
    part->captures++;
    part->takes_rest |= type == HTTP_CAPTURE_PATH;
    r->rest = slice_skip(r->rest, end + 1);
    return true;
}

static size_t text_len(struct slice rest, bool takes_rest)
{
    size_t len = slice_index(rest, '<');
    return takes_rest ? len : slice_index(slice_make(rest.ptr, len), '/');
}

/* One segment of the rule, or from a path capture on all of it. */
static bool read_part(struct reader *r, struct http_part *part)
{
    while (r->rest.len && (part->takes_rest || r->rest.ptr[0] != '/')) {
        if (r->rest.ptr[0] == '<') {
            if (!read_capture(r, part))
                return false;
            continue;
        }
        add_piece(part)->text = take(r, text_len(r->rest, part->takes_rest));
    }
    return true;
}

static struct http_part *add_part(struct http_rule *rule)
{
    rule->parts = mem_realloc(rule->parts, (rule->part_count + 1) * sizeof(*rule->parts));
    rule->parts[rule->part_count] = (struct http_part){0};
    return &rule->parts[rule->part_count++];
}

/* The slash that ends a rest becomes a part of its own, as it is for any other rule that ends in
 * one. */
static void split_last_slash(struct http_rule *rule)
{
    struct http_part *part = &rule->parts[rule->part_count - 1];
    struct http_piece *last = part->count ? &part->pieces[part->count - 1] : NULL;

    if (!part->takes_rest || last->is_capture || last->text.ptr[last->text.len - 1] != '/')
        return;
    part->slash_may_lack = true;
    if (--last->text.len == 0)
        part->count--;
    add_part(rule);
}

static bool read_rule(struct reader *r)
{
    if (r->rest.len == 0 || r->rest.ptr[0] != '/')
        return fail(r, "a rule begins with \"/\"");
    while (r->rest.len) {
        while (r->rest.len && r->rest.ptr[0] == '/') /* a run of slashes is one */
            take(r, 1);
        if (!read_part(r, add_part(r->rule)))
            return false;
    }
    split_last_slash(r->rule);
    return true;
}

bool http_rule_init(struct http_rule *rule, struct slice text, struct buf *out_error)
{
    *rule = (struct http_rule){.text = mem_dup(text.ptr, text.len), .len = text.len};
    struct reader r = {rule, slice_make(rule->text, text.len), out_error};

    if (memchr(rule->text, 0, text.len) ? fail(&r, "a rule holds no NUL") : read_rule(&r))
        return true;
    http_rule_dispose(rule);
    return false;
}

void http_rule_dispose(struct http_rule *rule)
{
    for (size_t i = 0; i < rule->part_count; i++)
        mem_free(rule->parts[i].pieces);
    mem_free(rule->parts);
    mem_free(rule->text);
    *rule = (struct http_rule){0};
}
