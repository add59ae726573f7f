/* The words for the reasons. */
#include "core/server/dispatch.h"

const char *dispatch_reason_text(enum dispatch_reason reason)
{
    switch (reason) {
    case DISPATCH_CLIENT_DISCONNECT:
        return "client disconnect";
    case DISPATCH_SERVER_DISCONNECT:
        return "server disconnect";
    case DISPATCH_PING_TIMEOUT:
        return "ping timeout";
    case DISPATCH_TRANSPORT_CLOSE:
        return "transport close";
    case DISPATCH_TRANSPORT_ERROR:
        return "transport error";
    }
    return "transport error";
}
