/* Sending to a peer, and holding back what a connecting one must not get yet. */
#include "core/server/sio_peer.h"
#include "core/server/eio_table.h"

static void peer_hold(struct sio_peer *p, struct frame *f)
{
    if (p->_held_count == p->_held_cap) {
        p->_held_cap = p->_held_cap ? p->_held_cap * 2 : 4;
        p->_held = mem_realloc(p->_held, p->_held_cap * sizeof(struct frame *));
    }
    p->_held[p->_held_count++] = frame_ref(f);
    p->_held_bytes += frame_body(f).len;
}

enum eio_sent sio_peer_send(struct sio_peer *p, struct frame *const *frames, size_t count,
                            bool is_volatile)
{
    if (!p->session || p->state == SIO_PEER_LEAVING || p->state == SIO_PEER_GONE)
        return EIO_SENT_DROPPED;
    if (p->state == SIO_PEER_CONNECTED)
        return eio_session_send(p->session, frames, count, is_volatile);
    if (is_volatile)
        return EIO_SENT_DROPPED;
    for (size_t i = 0; i < count; i++)
        peer_hold(p, frames[i]);
    if ((double)p->_held_bytes <= p->session->table->config->send_queue_limit)
        return EIO_SENT_BACKPRESSURE;
    log_warning(p->session->table->log,
                "%s: over send_queue_limit while its connect handler runs, closed", p->sid);
    eio_session_close(p->session, EIO_CLOSE_ERROR, TRANSPORT_END_DROP);
    return EIO_SENT_DROPPED;
}

void sio_peer_send_held(struct sio_peer *p)
{
    if (p->_held_count && p->session)
        eio_session_send(p->session, p->_held, p->_held_count, false);
    sio_peer_drop_held(p);
}

void sio_peer_drop_held(struct sio_peer *p)
{
    for (uint32_t i = 0; i < p->_held_count; i++)
        frame_unref(p->_held[i]);
    mem_free(p->_held);
    p->_held = NULL;
    p->_held_count = p->_held_cap = 0;
    p->_held_bytes = 0;
}
