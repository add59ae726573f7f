/* A list for each client: scripts limit few events. */
#include "bindings/event_limit.h"

#include "core/base/mem.h"
#include <utlist.h>

struct event_limit {
    struct event_limit *next;
    struct limiter_state state;
    size_t name_len;
    char name[];
};

static struct event_limit *find(struct event_limit *list, struct slice event)
{
    struct event_limit *l = list;
    while (l && !slice_equal(slice_make(l->name, l->name_len), event))
        l = l->next;
    return l;
}

const struct limiter_rule *event_limit_hit(struct event_limit **list, struct slice event,
                                           const struct limiter_spec *spec, int64_t now_ns)
{
    struct event_limit *l = find(*list, event);
    if (!l) {
        l = (struct event_limit *)mem_zalloc(sizeof(*l) + event.len + 1);
        l->name_len = event.len;
        memcpy(l->name, event.ptr, event.len);
        LL_PREPEND(*list, l);
    }
    return limiter_hit(spec, &l->state, now_ns, NULL);
}

void event_limit_dispose(struct event_limit **list)
{
    while (*list) {
        struct event_limit *l = *list;
        *list = l->next;
        mem_free(l);
    }
}
