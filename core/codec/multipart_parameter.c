/* Reads the parameters of a header, and decodes their values.
 * Clients disagree on how a quote gets into a quoted string, so both ways are read; a backslash
 * before anything else is one, since browsers send `C:\a` as it is. Never reads a byte twice. */
#include "core/codec/multipart_parameter.h"

#include "core/codec/query.h"
#include "core/codec/utf8.h"

bool multipart_parameter_is_token(struct slice text)
{
    static const char separators[] = "()<>@,;:\\\"/[]?={}";
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if ((unsigned char)c <= ' ' || (unsigned char)c >= 0x7f ||
            memchr(separators, c, sizeof(separators) - 1))
            return false;
    }
    return text.len > 0;
}

static void skip_blanks(struct slice *rest)
{
    while (rest->len && (rest->ptr[0] == ' ' || rest->ptr[0] == '\t'))
        *rest = slice_skip(*rest, 1);
}

struct slice multipart_parameter_skip_value(struct slice *rest)
{
    struct slice value = slice_make(rest->ptr, slice_index(*rest, ';'));
    *rest = slice_skip(*rest, value.len);
    return slice_trim(value);
}

/* Is there an escape at `at`? A quote that ends the header is no escaped one, for the string would
 * not end: a browser's file name ended in a backslash. */
static bool is_escape(struct slice text, size_t at)
{
    if (text.ptr[at] != '\\' || text.len - at < 2)
        return false;
    char next = text.ptr[at + 1];
    return next == '\\' || (next == '"' && text.len - at > 2);
}

/* `rest` is behind the opening quote. */
static bool cut_quoted(struct slice *rest, struct slice *out)
{
    size_t i = 0;
    while (i < rest->len && rest->ptr[i] != '"')
        i += is_escape(*rest, i) ? 2 : 1;
    if (i >= rest->len)
        return false;
    *out = slice_make(rest->ptr, i);
    *rest = slice_skip(*rest, i + 1);
    return true;
}

/* More than a token may be: boundaries and names come without the quotes that they should have. */
static bool cut_bare(struct slice *rest, struct slice *out)
{
    size_t i = 0;
    while (i < rest->len && !memchr("; \t\"", rest->ptr[i], 4))
        i++;
    *out = slice_make(rest->ptr, i);
    *rest = slice_skip(*rest, i);
    return i > 0;
}

/* `name=value`, at the start of `rest`. */
static bool cut_parameter(struct slice *rest, struct multipart_parameter *out)
{
    out->name = slice_make(rest->ptr, slice_index(*rest, '='));
    if (out->name.len == rest->len || !multipart_parameter_is_token(out->name))
        return false;
    struct slice value = slice_skip(*rest, out->name.len + 1);
    out->is_quoted = value.len && value.ptr[0] == '"';
    if (out->is_quoted)
        value = slice_skip(value, 1);
    if (!(out->is_quoted ? cut_quoted : cut_bare)(&value, &out->value))
        return false;
    skip_blanks(&value);
    if (value.len && value.ptr[0] != ';')
        return false;
    *rest = value;
    return true;
}

bool multipart_parameter_next(struct slice *rest, struct multipart_parameter *out)
{
    while (rest->len && (rest->ptr[0] == ';' || rest->ptr[0] == ' ' || rest->ptr[0] == '\t'))
        *rest = slice_skip(*rest, 1);
    return rest->len && cut_parameter(rest, out);
}

/* The bytes that browsers escape, and no others: "100%25" is a name of its own. */
static bool is_browsers_escape(int byte)
{
    return byte == '"' || byte == '\r' || byte == '\n';
}

size_t multipart_parameter_decode(const struct multipart_parameter *p, char *to)
{
    size_t len = 0;
    for (size_t i = 0; i < p->value.len; i++) {
        const char *at = p->value.ptr + i;
        int byte = p->is_quoted ? query_escape_value(p->value, i) : -1;
        bool is_pair = i + 1 < p->value.len && at[0] == '\\' && (at[1] == '\\' || at[1] == '"');
        if (is_browsers_escape(byte)) {
            to[len++] = (char)byte;
            i += 2;
        } else if (p->is_quoted && is_pair) {
            to[len++] = at[1];
            i++;
        } else {
            to[len++] = at[0];
        }
    }
    return len;
}

/* At most two bytes come of the three of an escape. */
static bool try_decode_escapes(struct slice text, bool is_latin, char *to, size_t *out_len)
{
    *out_len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int byte = query_escape_value(text, i);
        if (byte < 0 && (text.ptr[i] == '%' || (text.ptr[i] & 0x80)))
            return false;
        if (byte >= 0x80 && is_latin)
            *out_len += utf8_put(to + *out_len, (uint32_t)byte);
        else
            to[(*out_len)++] = byte >= 0 ? (char)byte : text.ptr[i];
        i += byte >= 0 ? 2 : 0;
    }
    return utf8_valid(slice_make(to, *out_len));
}

enum err multipart_parameter_decode_extended(const struct multipart_parameter *p, char *to,
                                             size_t *out_len)
{
    struct slice charset = slice_make(p->value.ptr, slice_index(p->value, '\''));
    if (charset.len == p->value.len)
        return ERR_SYNTAX;
    struct slice text = slice_skip(p->value, charset.len + 1);
    size_t language = slice_index(text, '\'');
    if (language == text.len)
        return ERR_SYNTAX;
    bool is_latin = slice_equal_nocase(charset, SLICE("iso-8859-1"));
    if (!is_latin && !slice_equal_nocase(charset, SLICE("utf-8")))
        return ERR_UNSUPPORTED;
    text = slice_skip(text, language + 1);
    return try_decode_escapes(text, is_latin, to, out_len) ? ERR_OK : ERR_SYNTAX;
}
