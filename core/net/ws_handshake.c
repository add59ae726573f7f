/* The opening handshake of a WebSocket.
 * libwebsockets would do it, but only for a request that it parsed itself; see http_head.h. It
 * negotiates no subprotocol: Engine.IO has none. */
#include "core/net/ws_handshake.h"
#include "core/codec/base64.h"
#include "core/net/http_head.h"

#include <libwebsockets.h>

#define KEY_LEN 24 /* base64 of 16 bytes */
#define SHA1_LEN 20

static bool lists(const struct http_request *r, const char *name, struct slice token)
{
    return http_head_lists(r->headers, r->header_count, name, token);
}

bool ws_handshake_wanted(const struct http_request *r)
{
    return lists(r, "upgrade", SLICE("websocket")) && lists(r, "connection", SLICE("upgrade"));
}

unsigned ws_handshake_check(const struct http_request *r, const char **out_why)
{
    struct slice key = http_request_header(r, "sec-websocket-key");
    struct buf raw = BUF_INIT;
    bool key_ok = key.len == KEY_LEN && base64_decode(key, &raw) && raw.len == 16;
    buf_dispose(&raw);
    if (!slice_equal(r->method, SLICE("GET"))) {
        *out_why = "a WebSocket handshake is a GET";
        return 400;
    }
    if (!slice_equal(http_request_header(r, "sec-websocket-version"), SLICE("13"))) {
        *out_why = "Sec-WebSocket-Version must be 13";
        return 426;
    }
    if (!key_ok) {
        *out_why = "Sec-WebSocket-Key must be 16 bytes in base64";
        return 400;
    }
    return 0;
}

/* One parameter of an offer. Memory is why no window is kept from message to message. */
static bool parameter_ok(struct slice p)
{
    size_t equals = slice_index(p, '=');
    struct slice name = slice_trim(slice_make(p.ptr, equals));
    struct slice value = equals < p.len ? slice_trim(slice_skip(p, equals + 1)) : SLICE("");
    if (slice_equal_nocase(name, SLICE("server_max_window_bits")))
        return slice_equal(value, SLICE("15")) || slice_equal(value, SLICE("\"15\""));
    return slice_equal_nocase(name, SLICE("client_max_window_bits")) ||
           slice_equal_nocase(name, SLICE("client_no_context_takeover")) ||
           slice_equal_nocase(name, SLICE("server_no_context_takeover"));
}

static bool offer_ok(struct slice offer)
{
    size_t len = slice_index(offer, ';');
    if (!slice_equal_nocase(slice_trim(slice_make(offer.ptr, len)), SLICE("permessage-deflate")))
        return false;
    while (len < offer.len) {
        offer = slice_skip(offer, len + 1);
        len = slice_index(offer, ';');
        if (!parameter_ok(slice_make(offer.ptr, len)))
            return false;
    }
    return true;
}

bool ws_handshake_offers_deflate(const struct http_request *r)
{
    for (size_t i = 0; i < r->header_count; i++) {
        struct slice list = r->headers[i].value;
        if (!slice_equal_nocase(r->headers[i].name, SLICE("sec-websocket-extensions")))
            continue;
        while (list.len) {
            size_t len = slice_index(list, ',');
            if (offer_ok(slice_make(list.ptr, len)))
                return true;
            list = slice_skip(list, len < list.len ? len + 1 : len);
        }
    }
    return false;
}

void ws_handshake_accept(const struct http_request *r, bool deflate, struct slice headers,
                         struct buf *out)
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char text[KEY_LEN + sizeof(guid) - 1], digest[SHA1_LEN];
    memcpy(text, http_request_header(r, "sec-websocket-key").ptr, KEY_LEN);
    memcpy(text + KEY_LEN, guid, sizeof(guid) - 1);
    lws_SHA1(text, sizeof(text), digest);
    buf_append_str(out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Accept: ");
    base64_encode(slice_make(digest, SHA1_LEN), out);
    if (deflate)
        buf_append_str(out, "\r\nSec-WebSocket-Extensions: permessage-deflate; "
                            "server_no_context_takeover; client_no_context_takeover");
    buf_append_str(out, "\r\n");
    buf_append_slice(out, headers);
    buf_append_str(out, "\r\n");
}
