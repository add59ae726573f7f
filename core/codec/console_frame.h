/* What a server and a console that is attached to it say to each other.
 * A frame is a letter, a space, the length of its body in decimal digits, a newline, and the body:
 * `e 10\nreturn 1+1`. One can be typed by hand, and any bytes fit in. Pure: it reads no socket and
 * evaluates nothing. */
#ifndef MW_CODEC_CONSOLE_FRAME_H
#define MW_CODEC_CONSOLE_FRAME_H

#include "core/base/buf.h"

/* --- from the console --- */
#define CONSOLE_EVALUATE                                                                           \
    'e'                      /* a chunk, which may be incomplete, or a command that begins with .  \
                              */
#define CONSOLE_WHOLE 'w'    /* the same, but nothing will follow it */
#define CONSOLE_COMPLETE 'c' /* a line up to its cursor */
#define CONSOLE_CANCEL 'k'   /* ends the evaluation that waits */
#define CONSOLE_LIST 'l'     /* what the script registered */

/* --- from the server --- */
#define CONSOLE_HELLO 'h'      /* the first: lines `name value` */
#define CONSOLE_PRINT 'p'      /* a line that the evaluation printed */
#define CONSOLE_NOTE 'n'       /* a line about the server */
#define CONSOLE_MORE 'm'       /* the chunk is incomplete */
#define CONSOLE_RESULT 'r'     /* the evaluation has ended; its values, empty if there are none */
#define CONSOLE_ERROR 'x'      /* it failed: message, and traceback in further lines */
#define CONSOLE_CANDIDATES 'c' /* how many bytes are replaced, then each candidate, in lines */
#define CONSOLE_LISTING 'l'    /* lines */

struct console_frame {
    char kind;
    struct slice body;
};

enum console_frame_outcome {
    CONSOLE_FRAME_OK = 0,
    CONSOLE_FRAME_MORE, /* it has not all come */
    CONSOLE_FRAME_BAD   /* this is no frame, or its body is over the limit */
};

/* Takes one frame from the front of the bytes, which it refers to. */
enum console_frame_outcome console_frame_read(struct slice *bytes, size_t max,
                                              struct console_frame *out);
void console_frame_put(struct buf *out, char kind, struct slice body);

#endif
