/* Finds the function for an event, and keeps alive what a load registered.
 * Everything a set owns lies in one Lua table with a single registry reference, so that freeing a
 * set is one unref, and a leak of one function cannot outlive its set. */
#include "bindings/handlers.h"

struct handlers_namespace {
    struct handler *handlers; /* uthash, by event */
    int error;                /* HANDLERS_NONE, or the function of on_error */
    UT_hash_handle _hash;
    uint32_t name_len;
    char name[];
};

#define ANY SLICE("*")

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return mem_dup(".", 1);
    return mem_dup(path, slash == path ? 1 : (size_t)(slash - path));
}

struct handlers *handlers_create(struct vm *vm, unsigned generation, const char *path)
{
    struct handlers *set = (struct handlers *)mem_zalloc(sizeof(*set));
    set->vm = vm;
    set->generation = generation;
    set->path = mem_dup(path, strlen(path));
    set->folder = folder_of(path);
    set->environment = set->globals = set->before = HANDLERS_NONE;
    set->staging = true;
    set->error_default = HANDLERS_NONE;
    set->initial_headers = HANDLERS_NONE;
    set->router = http_router_create();
    set->_refs = 1;
    lua_newtable(vm->L);
    lua_newtable(vm->L);
    set->_table = luaL_ref(vm->L, -2);
    set->_values = luaL_ref(vm->L, LUA_REGISTRYINDEX);
    return set;
}

static void free_namespace(struct handlers_namespace *n)
{
    struct handler *h, *next;
    HASH_ITER(_hash, n->handlers, h, next)
    {
        HASH_DELETE(_hash, n->handlers, h);
        mem_free(h->limit);
        mem_free(h);
    }
    mem_free(n);
}

static void handlers_destroy(struct handlers *set)
{
    struct handlers_namespace *n, *next;
    HASH_ITER(_hash, set->_namespaces, n, next)
    {
        HASH_DELETE(_hash, set->_namespaces, n);
        free_namespace(n);
    }
    http_router_destroy(set->router);
    luaL_unref(set->vm->L, LUA_REGISTRYINDEX, set->_values);
    paths_dispose(&set->files);
    sources_dispose(&set->sources);
    mem_free(set->folder);
    mem_free(set->path);
    mem_free(set);
}

struct handlers *handlers_ref(struct handlers *set)
{
    set->_refs++;
    return set;
}

void handlers_unref(struct handlers *set)
{
    if (--set->_refs == 0)
        handlers_destroy(set);
}

/* --- values --- */

void handlers_push_all(const struct handlers *set, lua_State *L)
{
    lua_rawgeti(L, LUA_REGISTRYINDEX, set->_values);
}

int handlers_keep(struct handlers *set, lua_State *L)
{
    handlers_push_all(set, L); /* value values */
    lua_insert(L, -2);         /* values value */
    int value = luaL_ref(L, -2);
    lua_pop(L, 1);
    return value;
}

void handlers_drop(struct handlers *set, int value)
{
    lua_State *L = set->vm->L;
    lua_checkstack(L, 3);
    handlers_push_all(set, L);
    luaL_unref(L, -1, value);
    lua_pop(L, 1);
}

void handlers_push(const struct handlers *set, lua_State *L, int value)
{
    handlers_push_all(set, L);
    lua_rawgeti(L, -1, value);
    lua_remove(L, -2);
}

void handlers_push_table(const struct handlers *set, lua_State *L)
{
    handlers_push(set, L, set->_table);
}

/* --- registering --- */

static struct handlers_namespace *find_namespace(const struct handlers *set, struct slice name)
{
    struct handlers_namespace *n;
    HASH_FIND(_hash, set->_namespaces, name.ptr, name.len, n);
    return n;
}

static struct handlers_namespace *make_namespace(struct handlers *set, struct slice name)
{
    struct handlers_namespace *n = find_namespace(set, name);
    if (n)
        return n;
    n = (struct handlers_namespace *)mem_zalloc(sizeof(*n) + name.len + 1);
    n->error = HANDLERS_NONE;
    n->name_len = (uint32_t)name.len;
    memcpy(n->name, name.ptr, name.len);
    HASH_ADD_KEYPTR(_hash, set->_namespaces, n->name, n->name_len, n);
    return n;
}

static struct handler *find_handler(const struct handlers_namespace *n, struct slice event)
{
    struct handler *h;
    HASH_FIND(_hash, n->handlers, event.ptr, event.len, h);
    return h;
}

void handlers_add(struct handlers *set, struct slice namespace_, struct slice event, int function,
                  bool from_class)
{
    struct handlers_namespace *n = make_namespace(set, namespace_);
    struct handler *h = find_handler(n, event);
    if (h && from_class && !h->from_class) {
        handlers_drop(set, function);
        return;
    }
    if (h) {
        handlers_drop(set, h->function);
    } else {
        h = (struct handler *)mem_zalloc(sizeof(*h) + event.len + 1);
        h->name_len = (uint32_t)event.len;
        memcpy(h->name, event.ptr, event.len);
        HASH_ADD_KEYPTR(_hash, n->handlers, h->name, h->name_len, h);
    }
    h->function = function;
    h->from_class = from_class;
    mem_free(h->limit);
    h->limit = NULL;
}

void handlers_set_limit(struct handlers *set, struct slice namespace_, struct slice event,
                        const struct limiter_spec *limit)
{
    struct handler *h = find_handler(make_namespace(set, namespace_), event);
    mem_free(h->limit);
    h->limit = (struct limiter_spec *)mem_alloc(sizeof(*limit));
    *h->limit = *limit;
}

void handlers_set_error(struct handlers *set, struct slice namespace_, int function)
{
    struct handlers_namespace *n = make_namespace(set, namespace_);
    if (n->error != HANDLERS_NONE)
        handlers_drop(set, n->error);
    n->error = function;
}

static void replace(struct handlers *set, int *kept, int function)
{
    if (*kept != HANDLERS_NONE)
        handlers_drop(set, *kept);
    *kept = function;
}

void handlers_set_error_default(struct handlers *set, int function)
{
    replace(set, &set->error_default, function);
}

void handlers_set_initial_headers(struct handlers *set, int function)
{
    replace(set, &set->initial_headers, function);
}

/* --- finding --- */

/* The event's own handler, or the one for "*". */
static bool find_in(const struct handlers_namespace *n, struct slice event, bool reserved,
                    struct handlers_match *out)
{
    if (!n)
        return false;
    out->any_event = false;
    out->handler = find_handler(n, event);
    if (out->handler || reserved)
        return out->handler != NULL;
    out->any_event = true;
    out->handler = find_handler(n, ANY);
    return out->handler != NULL;
}

bool handlers_find(const struct handlers *set, struct slice namespace_, struct slice event,
                   struct handlers_match *out_match)
{
    bool reserved = slice_equal(event, SLICE("connect")) || slice_equal(event, SLICE("disconnect"));
    out_match->any_namespace = false;
    if (find_in(find_namespace(set, namespace_), event, reserved, out_match))
        return true;
    out_match->any_namespace = true;
    return find_in(find_namespace(set, ANY), event, reserved, out_match);
}

int handlers_find_error(const struct handlers *set, struct slice namespace_)
{
    const struct handlers_namespace *n = find_namespace(set, namespace_);
    if (!n || n->error == HANDLERS_NONE)
        n = find_namespace(set, ANY);
    return n && n->error != HANDLERS_NONE ? n->error : set->error_default;
}

bool handlers_has_namespace(const struct handlers *set, struct slice namespace_)
{
    if (slice_equal(namespace_, SLICE("/")))
        return true;
    const struct handlers_namespace *n = find_namespace(set, namespace_);
    const struct handlers_namespace *any = find_namespace(set, ANY);
    return (n && n->handlers) || (any && any->handlers);
}

void handlers_each(const struct handlers *set,
                   void (*fn)(void *ud, struct slice namespace_, const struct handler *handler),
                   void *ud)
{
    struct handlers_namespace *n, *next;
    struct handler *h, *next_handler;
    HASH_ITER(_hash, set->_namespaces, n, next)
    {
        HASH_ITER(_hash, n->handlers, h, next_handler)
        fn(ud, slice_make(n->name, n->name_len), h);
    }
}

struct missing {
    const struct handlers *from; /* NULL: count all */
    size_t count;
};

static void count_missing(void *ud, struct slice namespace_, const struct handler *handler)
{
    struct missing *m = (struct missing *)ud;
    const struct handlers_namespace *n = m->from ? find_namespace(m->from, namespace_) : NULL;
    if (!n || !find_handler(n, slice_make(handler->name, handler->name_len)))
        m->count++;
}

size_t handlers_missing(const struct handlers *set, const struct handlers *other)
{
    struct missing m = {.from = other};
    handlers_each(set, count_missing, &m);
    return m.count;
}

size_t handlers_count(const struct handlers *set)
{
    return handlers_missing(set, NULL);
}
