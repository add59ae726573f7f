/* Takes a Socket.IO packet apart: `<type>[<n>-][<namespace>,][<id>][<JSON>]`.
 * Refuses what socket.io-parser refuses, and three things that it lets pass: an empty attachment
 * count, no attachments for a binary type, and numbers in JavaScript's other spellings (`1e0`, a
 * blank). Does not read the JSON beyond its first character, or an event's name. */
#include "core/codec/sio_packet.h"

#include "core/codec/json.h"

#define ID_MAX ((UINT64_C(1) << 53) - 1)

static const struct slice reserved[] = {SLICE("connect"),     SLICE("connect_error"),
                                        SLICE("disconnect"),  SLICE("disconnecting"),
                                        SLICE("newListener"), SLICE("removeListener")};

bool sio_event_reserved(struct slice name)
{
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        if (slice_equal(name, reserved[i]))
            return true;
    return false;
}

static bool sio_type_is_binary(enum sio_type type)
{
    return type == SIO_BINARY_EVENT || type == SIO_BINARY_ACK;
}

/* Reads the digits at the start of *rest, of which there may be none. False if they say more than
 * `max`. */
static bool sio_take_digits(struct slice *rest, uint64_t max, size_t *out_count, uint64_t *out)
{
    size_t n = 0;
    uint64_t value = 0;
    for (; n < rest->len && rest->ptr[n] >= '0' && rest->ptr[n] <= '9'; n++) {
        value = value * 10 + (uint64_t)(rest->ptr[n] - '0');
        if (value > max)
            return false;
    }
    *rest = slice_skip(*rest, n);
    *out_count = n;
    *out = value;
    return true;
}

static enum err sio_take_attachments(struct slice *rest, unsigned *out)
{
    size_t count;
    uint64_t value;
    if (!sio_take_digits(rest, ID_MAX, &count, &value) || !value)
        return ERR_SYNTAX;
    if (!rest->len || rest->ptr[0] != '-')
        return ERR_SYNTAX;
    if (value > SIO_ATTACHMENTS_MAX)
        return ERR_RANGE;
    *rest = slice_skip(*rest, 1);
    *out = (unsigned)value;
    return ERR_OK;
}

/* A namespace goes up to a comma, or to the end when nothing follows it. */
static struct slice sio_take_namespace(struct slice *rest)
{
    if (!rest->len || rest->ptr[0] != '/')
        return SLICE("/");
    struct slice name = slice_make(rest->ptr, slice_index(*rest, ','));
    *rest = slice_skip(*rest, name.len + (name.len < rest->len));
    return name;
}

static bool sio_payload_fits(enum sio_type type, struct slice payload)
{
    char first = payload.len ? payload.ptr[0] : '\0';
    switch (type) {
    case SIO_CONNECT:
        return !payload.len || first == '{';
    case SIO_DISCONNECT:
        return !payload.len;
    case SIO_CONNECT_ERROR:
        return first == '{' || first == '"';
    case SIO_EVENT:
    case SIO_ACK:
    case SIO_BINARY_EVENT:
    case SIO_BINARY_ACK:
        return first == '[';
    }
    return false;
}

enum err sio_packet_decode(struct slice text, struct sio_packet *out)
{
    size_t id_digits;
    enum err err = ERR_OK;
    if (!text.len || text.ptr[0] < '0' || text.ptr[0] > '0' + SIO_BINARY_ACK)
        return ERR_SYNTAX;
    *out = (struct sio_packet){.type = (enum sio_type)(text.ptr[0] - '0')};
    struct slice rest = slice_skip(text, 1);
    if (sio_type_is_binary(out->type))
        err = sio_take_attachments(&rest, &out->attachments);
    if (err != ERR_OK)
        return err;
    out->namespace_ = sio_take_namespace(&rest);
    if (!sio_take_digits(&rest, ID_MAX, &id_digits, &out->id))
        return ERR_SYNTAX;
    out->has_id = id_digits > 0;
    out->payload = rest;
    return sio_payload_fits(out->type, rest) ? ERR_OK : ERR_SYNTAX;
}

/* The text that JavaScript would make of the number. */
static struct slice sio_number_name(const struct json_reader *r, enum json_token token,
                                    struct buf *scratch)
{
    char *to = buf_reserve(scratch, NUMBER_TEXT_MAX);
    scratch->len =
        token == JSON_INT ? number_put_int(to, r->number.i) : number_put_double(to, r->number.d);
    return buf_slice(scratch);
}

/* A string without escapes lies in the payload and stays there; another lies in the reader, which
 * ends here. */
static struct slice sio_string_name(const struct json_reader *r, struct slice payload,
                                    struct buf *scratch)
{
    if (r->text.ptr >= payload.ptr && r->text.ptr < payload.ptr + payload.len)
        return r->text;
    buf_append_slice(scratch, r->text);
    return buf_slice(scratch);
}

enum err sio_packet_event_name(struct slice payload, struct buf *scratch, struct slice *out_name)
{
    struct json_reader r;
    enum err result = ERR_SYNTAX;
    json_reader_init(&r, payload);
    scratch->len = 0;
    enum json_token token = json_next(&r) == JSON_ARRAY ? json_next(&r) : JSON_ERROR;
    if (token == JSON_STRING && !sio_event_reserved(r.text)) {
        *out_name = sio_string_name(&r, payload, scratch);
        result = ERR_OK;
    } else if (token == JSON_INT || token == JSON_DOUBLE) {
        *out_name = sio_number_name(&r, token, scratch);
        result = ERR_OK;
    }
    json_reader_dispose(&r);
    return result;
}

void sio_packet_put_head(struct buf *out, enum sio_type type, unsigned attachments,
                         struct slice namespace_, const uint64_t *id)
{
    char *start = buf_reserve(out, 2 + NUMBER_TEXT_MAX + 1 + namespace_.len + 1 + NUMBER_TEXT_MAX);
    char *to = start;
    *to++ = '4';
    *to++ = (char)('0' + type);
    if (sio_type_is_binary(type)) {
        to += number_put_int(to, attachments);
        *to++ = '-';
    }
    if (!slice_equal(namespace_, SLICE("/")) && namespace_.len) {
        memcpy(to, namespace_.ptr, namespace_.len);
        to += namespace_.len;
        *to++ = ',';
    }
    if (id)
        to += number_put_int(to, (int64_t)*id);
    out->len += (size_t)(to - start);
}
