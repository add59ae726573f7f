/* The rules, the surest first: a word of the line, where it stands, and what Lua's error is near.
 */
#include "bindings/foreign_syntax.h"

#include "bindings/sources.h"
#include <ctype.h>

#define LINES_BACK 3

enum where { INSIDE, START, END, WHOLE };

struct rule {
    const char *word;  /* in the line; NULL: any line */
    enum where where;  /* in the line is the word */
    const char *error; /* in the error; NULL: any error */
    const char *instead;
};

static const struct rule rules[] = {
    {"#", START, "near '#'", "-- begins a comment"},
    {"//", START, NULL, "-- begins a comment"},
    {"/*", START, NULL, "--[[ … ]] is a comment"},
    {"@", START, "near '@'", "socketio.on(\"event\", function(…) … end)"},
    {"def ", START, "syntax error near", "local function name(…) … end"},
    {"async ", START, NULL, "function(…) … end; every handler may wait"},
    {"import ", START, NULL, "local mw = require \"moonwire\""},
    {" import ", INSIDE, NULL, "local mw = require \"moonwire\""},
    {"try:", WHOLE, NULL, "local ok, err = pcall(function() … end)"},
    {"try {", WHOLE, NULL, "local ok, err = pcall(function() … end)"},
    {"except ", START, NULL, "local ok, err = pcall(function() … end)"},
    {"except:", WHOLE, NULL, "local ok, err = pcall(function() … end)"},
    {"raise ", START, "syntax error near", "error(\"what is wrong\")"},
    {"throw ", START, "syntax error near", "error(\"what is wrong\")"},
    {"pass", WHOLE, NULL, "nothing is written where nothing is done"},
    {"continue", WHOLE, NULL, "an if around the rest of the loop"},
    {"elif ", INSIDE, NULL, "elseif … then"},
    {"const ", START, "syntax error near", "local name = value"},
    {"let ", START, "syntax error near", "local name = value"},
    {"var ", START, "syntax error near", "local name = value"},
    {"!=", INSIDE, "near '!'", "a ~= b"},
    {"!", INSIDE, "near '!'", "not a"},
    {"++", INSIDE, "near '+'", "n = n + 1"},
    {"+=", INSIDE, "near '+'", "n = n + 1"},
    {"-=", INSIDE, "near '-'", "n = n - 1"},
    {"*=", INSIDE, "near '*'", "n = n * 2"},
    {"/=", INSIDE, "near '/'", "n = n / 2"},
    {"&&", INSIDE, "near '&'", "a and b"},
    {"||", INSIDE, "near '|'", "a or b"},
    {"=>", INSIDE, "near '", "function(x) … end"},
    {"lambda ", INSIDE, NULL, "function(x) return … end"},
    {"[", INSIDE, "near '['", "{ 1, 2, 3 } is a list"},
    {NULL, INSIDE, "'}' expected near ':'", "{ name = value }"},
    {NULL, INSIDE, "'then' expected near ':'", "if … then … end"},
    {NULL, INSIDE, "'do' expected near ':'", "for … do … end"},
    {NULL, INSIDE, "'do' expected near '{'", "for … do … end"},
    {NULL, INSIDE, "'then' expected near 'in'", "t[key] ~= nil"},
    {NULL, INSIDE, "'then' expected near 'is'", "value == nil"},
    {" in ", INSIDE, "'then' expected near 'not'", "t[key] == nil"},
    {NULL, INSIDE, "'then' expected near '{'", "if … then … end"},
    {"function", INSIDE, "near '{'", "function(…) … end, without { }"},
    {"(", INSIDE, "')' expected near '='",
     "options in braces: emit(\"event\", data, { to = room })"},
    {" if ", INSIDE, "near 'if'", "condition and a or b"},
    {"?", INSIDE, "near '?'", "condition and a or b"},
    {NULL, INSIDE, "near '<\\",
     "names of the letters a to z, digits and _, and the quotes \" or '"},
    {":", END, NULL, "if … then … end, for … do … end"}, /* "if x == y:" calls a method of y */
};

static bool contains(struct slice text, const char *word)
{
    return memmem(text.ptr, text.len, word, strlen(word)) != NULL;
}

static bool stands(const struct rule *r, struct slice line)
{
    size_t len = strlen(r->word);
    switch (r->where) {
    case INSIDE:
        return contains(line, r->word);
    case START:
        return slice_starts_with(line, slice_str(r->word));
    case WHOLE:
        return slice_equal(line, slice_str(r->word));
    case END:
        break;
    }
    return line.len >= len && slice_equal(slice_skip(line, line.len - len), slice_str(r->word));
}

static bool fits(const struct rule *r, struct slice line, struct slice error)
{
    return (!r->error || contains(error, r->error)) && (!r->word || stands(r, line));
}

/* The number in "main.lua:5: …"; 0: there is none. */
static size_t line_number(struct slice error)
{
    size_t at = slice_index(error, ':'), line = 0;
    struct slice rest = slice_skip(error, at);
    for (size_t i = 1; i < rest.len && i < 9 && isdigit((unsigned char)rest.ptr[i]); i++)
        line = line * 10 + (size_t)(rest.ptr[i] - '0');
    return line || at >= error.len ? line : line_number(slice_skip(rest, 1));
}

static struct slice nth_line(struct slice text, size_t number)
{
    for (; number > 1 && text.len; number--) {
        size_t end = slice_index(text, '\n');
        text = slice_skip(text, end < text.len ? end + 1 : end);
    }
    return slice_trim(slice_make(text.ptr, slice_index(text, '\n')));
}

static const struct rule *find_rule(struct slice line, struct slice error)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
        if (fits(&rules[i], line, error))
            return &rules[i];
    return NULL;
}

void foreign_syntax_put_hint(struct slice error, const char *path, struct buf *out)
{
    struct buf text = BUF_INIT;
    size_t line = line_number(error);
    const struct rule *rule = NULL;
    if (line && sources_read_file(path, &text))
        rule = find_rule(nth_line(buf_slice(&text), line), error);
    /* some is taken for Lua, and stumbled over in a line behind it */
    for (size_t back = 1; !rule && back < line && back <= LINES_BACK; back++)
        rule = find_rule(nth_line(buf_slice(&text), line - back), SLICE(""));
    if (rule)
        buf_printf(out, "; in Lua: %s", rule->instead);
    buf_dispose(&text);
}
