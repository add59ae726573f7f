/* Socket.IO packets: what is read and written again is the same packet; and an assembler holds no
 * more than it may, whatever comes and whichever allocation fails.
 * Input: a packet's text, and after a newline the attachments, each ended by another. */
#include "spec/fuzz/fuzz.h"

#include "core/codec/json.h"
#include "core/codec/sio_assembler.h"

#define LIMIT 200

static void check_same(const struct sio_packet *a, const struct sio_packet *b)
{
    require(a->type == b->type, "the same type");
    require(a->attachments == b->attachments, "the same number of attachments");
    require(a->has_id == b->has_id && a->id == b->id, "the same id");
    require(slice_equal(a->namespace_, b->namespace_), "the same namespace");
    require(slice_equal(a->payload, b->payload), "the same payload");
}

static void check_written_again(const struct sio_packet *p)
{
    struct buf out = BUF_INIT;
    struct sio_packet again;
    sio_packet_put_head(&out, p->type, p->attachments, p->namespace_, p->has_id ? &p->id : NULL);
    require(out.ptr[0] == '4', "a head is an Engine.IO message");
    buf_append_slice(&out, p->payload);
    require(sio_packet_decode(slice_skip(buf_slice(&out), 1), &again) == ERR_OK,
            "a written packet is read");
    check_same(p, &again);
    buf_dispose(&out);
}

static void check_name(struct slice payload)
{
    struct buf scratch = BUF_INIT;
    struct slice name;
    if (sio_packet_event_name(payload, &scratch, &name) == ERR_OK) {
        require(is_inside(name, payload) || is_inside(name, buf_slice(&scratch)),
                "a name is a view");
        require(!sio_event_reserved(name), "no name is reserved");
    }
    buf_dispose(&scratch);
}

/* Cuts off the bytes up to the next newline. */
static struct slice next_line(struct slice *rest)
{
    struct slice line = slice_make(rest->ptr, slice_index(*rest, '\n'));
    *rest = slice_skip(*rest, line.len + (line.len < rest->len));
    return line;
}

static void check_assembled(const struct sio_assembler *a, const struct sio_packet *p)
{
    size_t total = a->packet.namespace_.len + a->packet.payload.len;
    check_same(&a->packet, p);
    for (unsigned i = 0; i < a->received; i++)
        total += a->attachments[i].len;
    require(a->received == p->attachments, "complete is all attachments");
    require(total <= LIMIT, "an assembled packet is within the limit");
}

static void check_assembler(const struct sio_packet *p, struct slice rest, uint64_t fail_nth)
{
    struct sio_assembler a = {0};
    bool complete = false;
    mem_test_fail_nth(fail_nth);
    enum err err = sio_assembler_start(&a, p);
    while (err == ERR_OK && rest.len && !complete) {
        require(sio_assembler_waiting(&a), "a started assembler waits");
        err = sio_assembler_add(&a, next_line(&rest), LIMIT, &complete);
    }
    mem_test_fail_nth(0);
    require(err == ERR_OK || !complete, "an error completes nothing");
    if (complete)
        check_assembled(&a, p);
    sio_assembler_reset(&a);
    require(!sio_assembler_waiting(&a), "a reset assembler is idle");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = slice_make(data, size);
    struct slice text = next_line(&rest);
    struct sio_packet p;
    check_name(text);
    if (sio_packet_decode(text, &p) != ERR_OK)
        return 0;
    require(is_inside(p.payload, text), "a payload is a view of its text");
    require(is_inside(p.namespace_, text) || slice_equal(p.namespace_, SLICE("/")),
            "a namespace is a view of its text");
    check_written_again(&p);
    check_name(p.payload);
    for (uint64_t n = 0; p.attachments && n <= p.attachments + 1; n++)
        check_assembler(&p, rest, n);
    return 0;
}
