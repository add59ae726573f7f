/* Walks a payload of either protocol with a timer that is always due. */
#include "core/server/eio_intake.h"
#include "core/codec/eio3_payload.h"
#include "core/server/eio_table.h"

struct eio_intake {
    struct eio_session *session;
    struct http_exchange *exchange;
    eio_intake_done_fn *done;
    struct buf jsonp;
    struct eio_payload_reader reader;   /* protocol 4 */
    struct eio3_payload_reader reader3; /* protocol 3 */
    struct timer timer;
};

static void intake_finish(struct eio_intake *in, bool good)
{
    struct eio_session *s = in->session;
    s->_intake = NULL;
    timers_disarm(s->table->timers, &in->timer);
    in->done(s->table, in->exchange, good);
    http_exchange_unref(in->exchange);
    eio_payload_reader_dispose(&in->reader);
    eio3_payload_reader_dispose(&in->reader3);
    buf_dispose(&in->jsonp);
    mem_free(in);
}

static bool next_packet(struct eio_intake *in, struct eio_packet *out, enum err *out_err)
{
    struct eio_session *s = in->session;
    if (s->version == 4)
        return eio_payload_next(&in->reader, out, out_err);
    in->reader3.once = s->_encodes_once;
    bool more = eio3_payload_next(&in->reader3, out, out_err);
    s->_encodes_once = in->reader3.once;
    return more;
}

/* The clock is read here and not taken from the turn, which may have served others before. */
static void intake_step(void *ud, int64_t now_ns)
{
    struct eio_intake *in = ud;
    struct eio_session *s = in->session;
    struct eio_packet packet;
    enum err err = ERR_OK;
    bool good, more;
    int64_t end_ns = eio_table_clock_ns(s->table) + CONFIG_CLIENT_TURN_NS;

    do {
        more = eio_session_open(s) && next_packet(in, &packet, &err);
        good = !more || eio_session_packet(s, &packet);
        more = more && good;
        s->_heard_ns = eio_table_clock_ns(s->table);
    } while (more && s->_heard_ns < end_ns);
    if (err != ERR_OK)
        eio_session_unreadable(s, err);
    if (more)
        timers_arm(s->table->timers, &in->timer, now_ns);
    else
        intake_finish(in, good && err == ERR_OK);
}

void eio_intake_start(struct eio_session *s, struct http_exchange *x, bool binary,
                      const struct buf *jsonp, eio_intake_done_fn *done)
{
    struct eio_intake *in = mem_zalloc(sizeof(*in));
    in->session = s;
    in->exchange = x;
    in->done = done;
    if (jsonp)
        in->jsonp = *jsonp;
    struct slice payload = jsonp ? buf_slice(&in->jsonp) : x->body;
    http_exchange_ref(x);
    timer_init(&in->timer, intake_step, in);
    if (s->version == 4)
        eio_payload_reader_init(&in->reader, payload);
    else
        eio3_payload_reader_init(&in->reader3, payload, binary);
    s->_intake = in;
    intake_step(in, s->table->timers->now_ns);
}

void eio_intake_destroy(struct eio_intake *in)
{
    intake_finish(in, true);
}
