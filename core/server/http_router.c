/* The router: a tree with a step for each segment of the path, as werkzeug 2.2 has it
 * (StateMachineMatcher).
 * At each step a plain segment is found by hash first, then the patterns are tried, strictest
 * first; what turns out wrong further down goes back. A tree and not a list, because it answers
 * "which rule is more specific" once, where rules are added. Calls no route. */
#include "core/server/http_router.h"

#include "core/server/http_methods.h"
#include "core/server/http_rule.h"

#include "core/base/hash.h"

struct node;

/* A pattern, and the step behind it. */
struct branch {
    const struct http_part *part;
    struct node *to;
};

struct node {
    struct node *plain; /* uthash, by segment */
    struct branch *branches;
    size_t branch_count;
    size_t *rules; /* those that end here */
    size_t rule_count;
    UT_hash_handle _hash;
};

struct entry {
    struct http_rule rule;
    char *methods; /* separated by newlines */
    int route;
};

struct http_router {
    struct node *root;
    struct entry *entries;
    size_t count;
};

/* One search. */
struct search {
    const struct http_router *router;
    struct slice method;
    struct slice captures[HTTP_ROUTER_CAPTURES_MAX];
    size_t found; /* the entry */
    struct buf *allow;
    size_t allow_start;
};

struct http_router *http_router_create(void)
{
    struct http_router *r = mem_zalloc(sizeof(*r));
    r->root = mem_zalloc(sizeof(*r->root));
    return r;
}

static void node_destroy(struct node *node)
{
    struct node *child, *next;
    HASH_ITER(_hash, node->plain, child, next)
    {
        HASH_DELETE(_hash, node->plain, child);
        node_destroy(child);
    }
    for (size_t i = 0; i < node->branch_count; i++)
        node_destroy(node->branches[i].to);
    mem_free(node->branches);
    mem_free(node->rules);
    mem_free(node);
}

void http_router_destroy(struct http_router *r)
{
    node_destroy(r->root);
    for (size_t i = 0; i < r->count; i++) {
        http_rule_dispose(&r->entries[i].rule);
        mem_free(r->entries[i].methods);
    }
    mem_free(r->entries);
    mem_free(r);
}

static struct node *find_plain(const struct node *node, struct slice segment)
{
    struct node *child;
    HASH_FIND(_hash, node->plain, segment.ptr, segment.len, child);
    return child;
}

static struct node *make_plain(struct node *node, struct slice segment)
{
    struct node *child = find_plain(node, segment);
    if (child)
        return child;
    child = mem_zalloc(sizeof(*child));
    HASH_ADD_KEYPTR(_hash, node->plain, segment.ptr, segment.len, child);
    return child;
}

/* The branch of the same pattern, or a new one, put behind all that are asked first. */
static struct node *make_branch(struct node *node, const struct http_part *part)
{
    size_t at = node->branch_count;

    for (size_t i = 0; i < node->branch_count; i++)
        if (http_part_same(node->branches[i].part, part))
            return node->branches[i].to;
    node->branches = mem_realloc(node->branches, (at + 1) * sizeof(*node->branches));
    for (; at && http_part_compare(part, node->branches[at - 1].part) < 0; at--)
        node->branches[at] = node->branches[at - 1];
    node->branches[at] = (struct branch){part, mem_zalloc(sizeof(struct node))};
    node->branch_count++;
    return node->branches[at].to;
}

bool http_router_add(struct http_router *r, struct slice rule, struct slice methods, int route,
                     struct buf *out_error)
{
    struct entry entry = {.route = route};

    if (!http_rule_init(&entry.rule, rule, out_error))
        return false;
    entry.methods = mem_dup(methods.ptr, methods.len);
    struct node *node = r->root;
    for (size_t i = 0; i < entry.rule.part_count; i++) {
        const struct http_part *part = &entry.rule.parts[i];
        node = part->captures ? make_branch(node, part) : make_plain(node, http_part_text(part));
    }
    node->rules = mem_realloc(node->rules, (node->rule_count + 1) * sizeof(*node->rules));
    node->rules[node->rule_count++] = r->count;
    r->entries = mem_realloc(r->entries, (r->count + 1) * sizeof(*r->entries));
    r->entries[r->count++] = entry;
    return true;
}

/* The path ends at this node: which of its rules takes the method? */
static enum http_found visit_end(struct search *s, const struct node *node)
{
    bool is_options = slice_equal(s->method, SLICE("OPTIONS"));
    const struct node *slash = find_plain(node, SLICE(""));

    for (size_t i = 0; i < node->rule_count; i++) {
        s->found = node->rules[i];
        if (http_methods_take(s->router->entries[s->found].methods, s->method))
            return HTTP_FOUND;
        if (is_options)
            return HTTP_FOUND_OPTIONS;
        http_methods_allow(s->router->entries[s->found].methods, s->allow, s->allow_start);
    }
    for (size_t i = 0; slash && i < slash->rule_count; i++)
        if (is_options || http_methods_take(s->router->entries[slash->rules[i]].methods, s->method))
            return HTTP_FOUND_REDIRECT_SLASH;
    return HTTP_FOUND_NOT;
}

static enum http_found visit(struct search *s, const struct node *node, struct slice rest,
                             size_t captures);

/* Goes on behind a segment that ends at `end` in `rest`. */
static enum http_found visit_behind(struct search *s, const struct node *node, struct slice rest,
                                    size_t end, size_t captures)
{
    if (end == rest.len)
        return visit_end(s, node);
    return visit(s, node, slice_skip(rest, end + 1), captures);
}

/* Tries one pattern on the segment that ends at `end`, or on all of `rest`. */
static enum http_found visit_branch(struct search *s, const struct branch *b, struct slice rest,
                                    size_t end, size_t captures)
{
    if (b->part->takes_rest)
        end = rest.len;
    if (b->part->slash_may_lack && end && rest.ptr[end - 1] == '/')
        end--;
    struct slice text = slice_make(rest.ptr, end);
    if (b->part->slash_may_lack && end && rest.ptr[end - 1] == '/')
        return HTTP_FOUND_NOT;
    if (!http_part_match(b->part, text, s->captures + captures))
        return HTTP_FOUND_NOT;
    return visit_behind(s, b->to, rest, end, captures + b->part->captures);
}

static enum http_found visit(struct search *s, const struct node *node, struct slice rest,
                             size_t captures)
{
    size_t end = slice_index(rest, '/');
    const struct node *plain = find_plain(node, slice_make(rest.ptr, end));
    enum http_found found = HTTP_FOUND_NOT;

    if (plain)
        found = visit_behind(s, plain, rest, end, captures);
    for (size_t i = 0; found == HTTP_FOUND_NOT && i < node->branch_count; i++)
        found = visit_branch(s, &node->branches[i], rest, end, captures);
    return found;
}

static void fill_match(const struct search *s, struct http_match *out)
{
    const struct entry *entry = &s->router->entries[s->found];

    out->route = entry->route;
    out->capture_count = 0;
    for (size_t i = 0; i < entry->rule.part_count; i++) {
        const struct http_part *part = &entry->rule.parts[i];
        for (size_t j = 0; j < part->count; j++) {
            if (!part->pieces[j].is_capture)
                continue;
            out->captures[out->capture_count] = (struct http_capture){
                part->pieces[j].type, part->pieces[j].text, s->captures[out->capture_count]};
            out->capture_count++;
        }
    }
}

bool http_path_try_merge_slashes(struct slice path, struct buf *out)
{
    size_t start = out->len;

    if (!buf_try_reserve(out, path.len))
        return false;
    for (size_t i = 0; i < path.len; i++)
        if (path.ptr[i] != '/' || out->len == start || out->ptr[out->len - 1] != '/')
            out->ptr[out->len++] = path.ptr[i];
    return true;
}

/* Looks for the path with its slashes merged. */
static enum http_found find_merged(struct search *s, struct slice path)
{
    struct buf merged = BUF_INIT;
    enum http_found found = HTTP_FOUND_NOT;

    if (memmem(path.ptr, path.len, "//", 2) && http_path_try_merge_slashes(path, &merged))
        found = visit(s, s->router->root, buf_slice(&merged), 0);
    buf_dispose(&merged);
    return found == HTTP_FOUND_NOT ? HTTP_FOUND_NOT : HTTP_FOUND_REDIRECT_MERGED;
}

/* `path` is without its leading slashes. */
static enum http_found find_path(struct search *s, struct slice path)
{
    size_t allowed = s->allow->len;
    enum http_found found = visit(s, s->router->root, path, 0);

    if (found == HTTP_FOUND_NOT)
        found = find_merged(s, path);
    if (found == HTTP_FOUND_NOT && s->allow->len > allowed)
        return HTTP_FOUND_METHOD;
    return found;
}

enum http_found http_router_find(const struct http_router *r, struct slice method,
                                 struct slice path, struct http_match *out_match,
                                 struct buf *out_allow)
{
    struct search s = {
        .router = r, .method = method, .allow = out_allow, .allow_start = out_allow->len};

    if (path.len == 0 || path.ptr[0] != '/')
        return HTTP_FOUND_NOT;
    while (path.len && path.ptr[0] == '/')
        path = slice_skip(path, 1);
    enum http_found found = find_path(&s, path);
    if (found == HTTP_FOUND_OPTIONS) {
        s.method = SLICE(""); /* which no rule takes: the search collects all methods */
        find_path(&s, path);
    }
    if (found == HTTP_FOUND)
        fill_match(&s, out_match);
    if (found == HTTP_FOUND_METHOD || found == HTTP_FOUND_OPTIONS)
        http_methods_allow_one(SLICE("OPTIONS"), out_allow, s.allow_start);
    else
        out_allow->len = s.allow_start;
    return found;
}

size_t http_router_count(const struct http_router *r)
{
    return r->count;
}

struct slice http_router_rule(const struct http_router *r, size_t i, int *out_route)
{
    *out_route = r->entries[i].route;
    return slice_make(r->entries[i].rule.text, r->entries[i].rule.len);
}
