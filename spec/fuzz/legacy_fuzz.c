/* Names and errors of Socket.IO protocol 4: any namespace gives valid JSON for its query, and any
 * error of ours gives valid JSON for its client. */
#include "spec/fuzz/fuzz.h"

#include "core/codec/json.h"
#include "core/codec/sio_packet.h"
#include "core/server/sio_legacy.h"

static void check_namespace(struct slice text)
{
    struct buf auth = BUF_INIT, sid = BUF_INIT;
    struct slice name = sio_legacy_namespace(text, &auth);
    require(name.len <= text.len && is_inside(name, text), "a name is where its text begins");
    require(slice_index(name, '?') == name.len, "a name has no query");
    require((auth.len == 0) == (name.len == text.len), "a query is there, or not");
    require(auth.len == 0 || json_valid(buf_slice(&auth)), "a query is JSON");
    sio_legacy_sid(SLICE("session"), name, &sid);
    require(sid.len >= 7 && slice_equal(slice_skip(buf_slice(&sid), sid.len - 7), SLICE("session")),
            "a sid ends in its session's");
    buf_dispose(&auth);
    buf_dispose(&sid);
}

static void check_error(struct slice json)
{
    struct buf out = BUF_INIT;
    struct slice text = slice_trim(json);
    if (text.len && text.ptr[0] == '{' && json_valid(json)) {
        sio_legacy_error(json, &out);
        require(json_valid(buf_slice(&out)), "an error is JSON");
    }
    buf_dispose(&out);
}

static void check_packet(struct slice text)
{
    struct sio_packet p;
    if (sio_packet_decode(text, &p) == ERR_OK && p.type == SIO_CONNECT)
        check_namespace(p.namespace_);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice input = slice_make(data, size);
    check_namespace(input);
    check_error(input);
    check_packet(input);
    return 0;
}
