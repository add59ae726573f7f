/* Copies of what identifies a peer, in one block, and a Lua table made when it is first asked for.
 * A copy, since the core's peer goes while coroutines of the script still name it. */
#include "bindings/script_peer.h"

#include "bindings/vm.h"
#include "core/server/sio_namespace.h"

struct script_peer *script_peer_create(struct vm *vm, const struct sio_peer *peer)
{
    struct slice sid = sio_peer_sid(peer), name = sio_namespace_name(peer->namespace_);
    struct script_peer *p =
        (struct script_peer *)mem_zalloc(sizeof(*p) + sid.len + 1 + name.len + 1);
    char *namespace_name = p->sid + sid.len + 1;
    memcpy(p->sid, sid.ptr, sid.len);
    memcpy(namespace_name, name.ptr, name.len);
    p->vm = vm;
    p->id = peer->id;
    p->request = http_request_ref(peer->request);
    p->_refs = 1;
    p->sid_len = (uint32_t)sid.len;
    p->namespace_len = (uint32_t)name.len;
    p->namespace_name = namespace_name;
    return p;
}

struct script_peer *script_peer_ref(struct script_peer *p)
{
    p->_refs++;
    return p;
}

void script_peer_unref(struct script_peer *p)
{
    if (--p->_refs)
        return;
    kept_dispose(&p->kept, p->vm->L);
    event_limit_dispose(&p->limits);
    http_request_unref(p->request);
    mem_free(p);
}

/* What else is kept of it belongs to the old handshake. */
void script_peer_inherit(struct script_peer *p, const struct script_peer *from)
{
    lua_State *L = p->vm->L;
    kept_push(&from->kept, L, "data");
    if (lua_isnil(L, -1))
        lua_pop(L, 1);
    else
        kept_set(&p->kept, L, "data");
}
