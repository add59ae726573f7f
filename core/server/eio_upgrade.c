/* The probe of a session: it is answered, and takes over when the client says so.
 * The client pauses polling after the probe's answer and waits for its open poll to end. Often
 * there is something to send that ends it; after RELEASE_NS polls are released with a noop
 * (engine.io socket.ts `check`). What is sent then waits for the WebSocket. */
#include "core/server/eio_upgrade.h"
#include "core/server/eio_table.h"

#define RELEASE_NS (100 * 1000000LL)

static void upgrade_release(struct eio_session *s)
{
    s->_releasing = true;
    eio_session_release_poll(s);
    timers_arm(s->table->timers, &s->_upgrade, s->_upgrade_until_ns);
}

static void upgrade_timeout(void *ud, int64_t now_ns)
{
    struct eio_session *s = ud;
    if (now_ns < s->_upgrade_until_ns) {
        upgrade_release(s);
        return;
    }
    log_info(s->table->log, "%s: the upgrade took over %g s, stays on polling", s->sid,
             s->table->config->upgrade_timeout);
    eio_upgrade_refuse(s, TRANSPORT_END_NORMAL);
}

void eio_upgrade_init(struct eio_session *s)
{
    timer_init(&s->_upgrade, upgrade_timeout, s);
}

enum err eio_upgrade_attach(struct eio_session *s, struct transport *t)
{
    if (!eio_session_open(s) || s->_upgraded || s->_probe || !s->table->config->allow_upgrades)
        return ERR_STATE;
    s->_probe = t;
    t->session = s;
    s->_upgrade_until_ns = s->table->timers->now_ns + config_ns(s->table->config->upgrade_timeout);
    timers_arm(s->table->timers, &s->_upgrade, s->_upgrade_until_ns);
    return ERR_OK;
}

void eio_upgrade_abandon(struct eio_session *s)
{
    s->_probe = NULL;
    s->_probed = s->_releasing = false;
    timers_disarm(s->table->timers, &s->_upgrade);
}

void eio_upgrade_refuse(struct eio_session *s, enum transport_end how)
{
    struct transport *t = s->_probe;
    if (!t)
        return;
    eio_upgrade_abandon(s);
    t->session = NULL;
    t->ops->close(t, how);
}

static void upgrade_answer(struct eio_session *s)
{
    struct frame *f = eio_packet_frame(EIO_PONG, SLICE("probe"));
    s->_probe->ops->send(s->_probe, &f, 1);
    frame_unref(f);
    int64_t release_ns = s->table->timers->now_ns + RELEASE_NS;
    s->_probed = true;
    if (release_ns < s->_upgrade_until_ns)
        timers_arm(s->table->timers, &s->_upgrade, release_ns);
}

void eio_upgrade_receive(struct eio_session *s, bool binary, struct slice bytes)
{
    struct eio_packet p;
    bool good = !binary && eio_packet_decode_text(bytes, &p) == ERR_OK;

    if (good && p.type == EIO_PING && slice_equal(p.body, SLICE("probe"))) {
        upgrade_answer(s);
        return;
    }
    /* Arduino libraries do not probe; the reference server does not insist. */
    if (!good || p.type != EIO_UPGRADE) {
        log_info(s->table->log, "%s: malformed upgrade, stays on polling", s->sid);
        eio_upgrade_refuse(s, TRANSPORT_END_BAD);
        return;
    }
    struct transport *t = s->_probe;
    eio_upgrade_abandon(s);
    eio_session_switch(s, t);
}
