/* See debug_html.h. */
#include "bindings/debug_html.h"

#include <ctype.h>

static size_t index_of(struct slice text, struct slice what)
{
    const char *at = text.len ? (const char *)memmem(text.ptr, text.len, what.ptr, what.len) : NULL;
    return at ? (size_t)(at - text.ptr) : text.len;
}

static struct slice skip_past(struct slice text, struct slice end)
{
    size_t at = index_of(text, end);
    return slice_skip(text, at < text.len ? at + end.len : at);
}

/* Without white space, comments and an XML declaration. */
static struct slice skip_blank(struct slice text)
{
    for (;;) {
        if (text.len && isspace((unsigned char)text.ptr[0]))
            text = slice_skip(text, 1);
        else if (slice_starts_with(text, SLICE("<!--")))
            text = skip_past(text, SLICE("-->"));
        else if (slice_starts_with(text, SLICE("<?")))
            text = skip_past(text, SLICE(">"));
        else
            return text;
    }
}

/* Does it start with the tag, as "<head"? */
static bool is_tag(struct slice text, struct slice tag)
{
    if (text.len <= tag.len || !slice_equal_nocase(slice_make(text.ptr, tag.len), tag))
        return false;
    char next = text.ptr[tag.len];
    return next == '>' || next == '/' || isspace((unsigned char)next);
}

/* Behind the tag's end, which no quoted value has. */
static struct slice skip_tag(struct slice text)
{
    char quote = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!quote && c == '>')
            return slice_skip(text, i + 1);
        if (quote ? c == quote : c == '"' || c == '\'')
            quote = quote ? 0 : c;
    }
    return slice_skip(text, text.len);
}

size_t debug_html_place(struct slice html, bool *out_whole)
{
    static const struct slice tags[] = {SLICE("<!doctype"), SLICE("<html"), SLICE("<head")};
    struct slice rest = html;
    size_t place = slice_starts_with(html, SLICE("\xef\xbb\xbf")) ? 3 : 0;
    *out_whole = false;
    rest = skip_blank(slice_skip(rest, place));
    for (size_t i = 0; i < sizeof(tags) / sizeof(*tags); i++) {
        if (!is_tag(rest, tags[i]))
            continue;
        rest = skip_tag(rest);
        place = html.len - rest.len;
        rest = skip_blank(rest);
        *out_whole = true;
    }
    *out_whole = *out_whole || is_tag(rest, SLICE("<body"));
    return place;
}

struct slice debug_html_nonce(struct slice policy)
{
    struct slice rest = skip_past(policy, SLICE("'nonce-"));
    size_t len = 0;
    while (len < rest.len &&
           (isalnum((unsigned char)rest.ptr[len]) || strchr("+/=_-", rest.ptr[len])))
        len++;
    return slice_make(rest.ptr, len);
}
