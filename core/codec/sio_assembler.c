/* Copies a binary packet's text and counts its attachments in.
 * The bytes of a WebSocket message are gone after its callback, so they are copied; a packet
 * without attachments never comes here. Does not time out: a session's heartbeat and the size limit
 * bound what it holds. */
#include "core/codec/sio_assembler.h"

void sio_assembler_reset(struct sio_assembler *a)
{
    for (unsigned i = 0; i < a->received; i++)
        mem_free(a->_bytes[i]);
    mem_free(a->_text);
    memset(a, 0, sizeof(*a));
}

static char *try_copy(struct slice bytes)
{
    char *copy = mem_try_alloc(bytes.len);
    if (copy && bytes.len)
        memcpy(copy, bytes.ptr, bytes.len);
    return copy;
}

/* Namespace and payload are copied one behind the other: what else the text held is known by now.
 */
enum err sio_assembler_start(struct sio_assembler *a, const struct sio_packet *packet)
{
    size_t namespace_len = packet->namespace_.len, payload_len = packet->payload.len;
    char *text = mem_try_alloc(namespace_len + payload_len);
    if (!text)
        return ERR_NOMEM;
    memcpy(text, packet->namespace_.ptr, namespace_len);
    memcpy(text + namespace_len, packet->payload.ptr, payload_len);
    a->packet = *packet;
    a->packet.namespace_ = slice_make(text, namespace_len);
    a->packet.payload = slice_make(text + namespace_len, payload_len);
    a->received = 0;
    a->_active = true;
    a->_text = text;
    a->_total = namespace_len + payload_len;
    return ERR_OK;
}

enum err sio_assembler_add(struct sio_assembler *a, struct slice bytes, size_t limit,
                           bool *out_complete)
{
    *out_complete = false;
    if (!a->_active || a->received == a->packet.attachments)
        return ERR_STATE;
    if (a->_total > limit || bytes.len > limit - a->_total)
        return ERR_RANGE;
    char *copy = try_copy(bytes);
    if (!copy)
        return ERR_NOMEM;
    a->_bytes[a->received] = copy;
    a->attachments[a->received] = slice_make(copy, bytes.len);
    a->received++;
    a->_total += bytes.len;
    *out_complete = a->received == a->packet.attachments;
    return ERR_OK;
}
