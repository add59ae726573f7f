/* The receiving half of a WebSocket: bytes in, whole messages and control frames out (RFC 6455
 * section 5). Our own for the reason that http_head is: once the handshake is ours, so is the
 * stream. A message that lies whole in the bytes at hand is unmasked where it lies and handed on
 * without a copy. Pure: it answers nothing and does not decompress. */
#ifndef MW_NET_WS_READER_H
#define MW_NET_WS_READER_H

#include "core/base/buf.h"

enum ws_event {
    WS_MORE,    /* the bytes are used up */
    WS_MESSAGE, /* a text or binary message is complete */
    WS_PING,
    WS_PONG,
    WS_CLOSE, /* code is 1005 if the frame named none; text is the reason */
    WS_ERROR  /* code is the close code that tells the peer; error says it in words */
};

enum ws_code {
    WS_CODE_NORMAL = 1000,
    WS_CODE_GOING = 1001,
    WS_CODE_PROTOCOL = 1002,
    WS_CODE_NONE = 1005,
    WS_CODE_INVALID = 1007,
    WS_CODE_POLICY = 1008,
    WS_CODE_TOO_BIG = 1009,
    WS_CODE_INTERNAL = 1011
};

struct ws_reader {
    /* Of the last event. */
    struct slice payload; /* valid until the next call; may lie in the input */
    bool binary;          /* of WS_MESSAGE */
    bool compressed;      /* of WS_MESSAGE: permessage-deflate */
    uint16_t code;
    const char *error;

    bool _allow_compressed;
    bool _in_message; /* fragments of a message were read, more follow */
    bool _fin;
    bool _spent; /* _message was handed out: drop it */
    uint8_t _opcode;
    uint8_t _head_len; /* bytes of _head read */
    uint8_t _head[14];
    uint8_t _mask[4];
    size_t _limit;       /* bytes of one message */
    uint64_t _left;      /* of this frame's payload */
    uint64_t _at;        /* bytes of this frame's payload read */
    struct buf _message; /* what came of a message before the input at hand */
    struct buf _control; /* the same of a control frame */
};

/* `limit` bytes of one message, as they come (compressed, if they are). */
void ws_reader_init(struct ws_reader *r, size_t limit, bool allow_compressed);
void ws_reader_dispose(struct ws_reader *r);

/* Reads on from *at, which it advances; the bytes are unmasked in place. Call again until it
 * returns WS_MORE. After WS_ERROR and WS_CLOSE the stream is over: do not call again. */
enum ws_event ws_reader_next(struct ws_reader *r, char **at, char *end);

#endif
