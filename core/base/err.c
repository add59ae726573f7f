/* The texts of the reasons.
 * In one table beside nothing else, so that a log line and a script's message agree. Does not
 * format: who reports an error names the thing and the place. */
#include "core/base/err.h"

const char *err_text(enum err e)
{
    switch (e) {
    case ERR_OK:
        return "ok";
    case ERR_NOMEM:
        return "out of memory";
    case ERR_SYNTAX:
        return "malformed";
    case ERR_RANGE:
        return "over a limit";
    case ERR_STATE:
        return "not allowed now";
    case ERR_NOT_FOUND:
        return "not found";
    case ERR_UNSUPPORTED:
        return "not supported";
    }
    return "unknown error";
}
