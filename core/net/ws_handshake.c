/* The opening handshake of a WebSocket.
 * libwebsockets would do it, but only for a request that it parsed itself; see http_head.h.
 * Engine.IO has no subprotocol, so it has nothing against the client's. */
#include "core/net/ws_handshake.h"
#include "core/codec/base64.h"
#include "core/codec/query.h"
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

/* RFC 6455 asks for 16 bytes. An Arduino library, copied into many programs, sends the sid. */
static bool key_ok(const struct http_request *r)
{
    struct slice key = http_request_header(r, "sec-websocket-key");
    struct buf raw = BUF_INIT, sid = BUF_INIT;
    bool ok = (key.len == KEY_LEN && base64_decode(key, &raw) && raw.len == 16) ||
              (key.len && query_find(r->query, "sid", &sid) && slice_equal(key, buf_slice(&sid)));
    buf_dispose(&raw);
    buf_dispose(&sid);
    return ok;
}

unsigned ws_handshake_check(const struct http_request *r, const char **out_why)
{
    if (!slice_equal(r->method, SLICE("GET"))) {
        *out_why = "a WebSocket handshake is a GET";
        return 400;
    }
    if (!slice_equal(http_request_header(r, "sec-websocket-version"), SLICE("13"))) {
        *out_why = "Sec-WebSocket-Version must be 13";
        return 426;
    }
    if (!key_ok(r)) {
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

static void put_accept(struct slice key, struct buf *out)
{
    unsigned char digest[SHA1_LEN];
    struct buf text = BUF_INIT;
    buf_append_slice(&text, key);
    buf_append_str(&text, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    lws_SHA1((const unsigned char *)text.ptr, text.len, digest);
    buf_dispose(&text);
    base64_encode(slice_make(digest, SHA1_LEN), out);
}

/* A browser that offers subprotocols hangs up unless it gets one: the first, as the reference
 * server chooses. */
static void put_protocol(const struct http_request *r, struct buf *out)
{
    struct slice offered = http_request_header(r, "sec-websocket-protocol");
    struct slice first = slice_trim(slice_make(offered.ptr, slice_index(offered, ',')));
    if (!http_head_is_token(first))
        return;
    buf_append_str(out, "\r\nSec-WebSocket-Protocol: ");
    buf_append_slice(out, first);
}

void ws_handshake_accept(const struct http_request *r, bool deflate, struct slice headers,
                         struct buf *out)
{
    buf_append_str(out, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Accept: ");
    put_accept(http_request_header(r, "sec-websocket-key"), out);
    put_protocol(r, out);
    if (deflate)
        buf_append_str(out, "\r\nSec-WebSocket-Extensions: permessage-deflate; "
                            "server_no_context_takeover; client_no_context_takeover");
    buf_append_str(out, "\r\n");
    buf_append_slice(out, headers);
    buf_append_str(out, "\r\n");
}
