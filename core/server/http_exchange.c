/* The life of an exchange: open, then answered or gone, then freed by its last reference.
 * The rules that every maker and every answerer rely on (one response, one word about a requester
 * who left, a source closed whatever happens) are kept here and nowhere else. Sends nothing. */
#include "core/server/http_exchange.h"

#include <assert.h>

void http_exchange_init(struct http_exchange *x, const struct http_exchange_ops *ops,
                        struct http_request *request)
{
    *x = (struct http_exchange){.ops = ops, .request = request, ._refs = 1};
}

void http_exchange_gone(struct http_exchange *x)
{
    bool was_open = http_exchange_open(x);
    void (*on_gone)(void *ud) = x->on_gone;

    x->_gone = true;
    x->on_gone = NULL;
    if (was_open && on_gone)
        on_gone(x->on_gone_ud);
}

void http_exchange_ref(struct http_exchange *x)
{
    x->_refs++;
}

void http_exchange_unref(struct http_exchange *x)
{
    assert(x->_refs);
    if (--x->_refs == 0)
        x->ops->destroy(x);
}

bool http_exchange_open(const struct http_exchange *x)
{
    return !x->_responded && !x->_gone;
}

void http_exchange_respond(struct http_exchange *x, const struct http_response *response)
{
    if (!http_exchange_open(x)) {
        if (response->source)
            response->source->close(response->source->ud);
        return;
    }
    x->_responded = true;
    x->on_gone = NULL;
    x->ops->respond(x, response);
}

void http_exchange_respond_text(struct http_exchange *x, unsigned status, const char *type,
                                struct slice body)
{
    struct http_header header = {SLICE("Content-Type"), slice_str(type)};
    struct http_response response = {
        .status = status, .headers = &header, .header_count = 1, .body = body};
    http_exchange_respond(x, &response);
}

static const struct {
    unsigned status;
    const char *text;
} statuses[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {418, "I'm a teapot"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {506, "Variant Also Negotiates"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {511, "Network Authentication Required"},
};

const char *http_status_text(unsigned status)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++)
        if (statuses[i].status == status)
            return statuses[i].text;
    return "Unknown";
}
