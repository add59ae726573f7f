/* See returner.h. */
#include "returner.h"
#include <stdio.h>

struct returner returner_join(struct rig *r, const char *auth)
{
    struct returner c = {.l = rig_connect(r)};
    char text[128];
    snprintf(text, sizeof(text), "40%s", auth);
    rig_text(r, c.l, text);
    rig_expect(c.l, "0{*");
    struct frame *f = loopback_take(c.l);
    assert_non_null(f);
    struct slice body = frame_body(f);
    if (body.len != 2 + 8 + IDENT_LEN + 9 + IDENT_LEN + 2)
        fail_msg("CONNECT is %.*s", SLICE_ARG(body));
    memcpy(c.sid, body.ptr + 2 + 8, IDENT_LEN);
    memcpy(c.pid, body.ptr + 2 + 8 + IDENT_LEN + 9, IDENT_LEN);
    frame_unref(f);
    return c;
}

struct returner returner_back(struct rig *r, const struct returner *old, const char *offset)
{
    char auth[96];
    snprintf(auth, sizeof(auth), offset ? "{\"pid\":\"%s\",\"offset\":\"%s\"}" : "{\"pid\":\"%s\"}",
             old->pid, offset);
    struct returner c = returner_join(r, auth);
    c.recovered = strcmp(c.pid, old->pid) == 0;
    if (c.recovered)
        assert_string_equal(c.sid, old->sid);
    return c;
}

void returner_leave(struct rig *r, struct returner *c)
{
    loopback_destroy(c->l, r->now_ns);
    c->l = NULL;
    rig_turn(r);
}
