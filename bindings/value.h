/* Lua values to JSON and back, in one pass each: every message of every client goes through here.
 * The reader pushes values as core/codec/json finds tokens; the writer appends text as it walks a
 * table. What JSON cannot say by itself: arrays carry the metatable `array`, null inside a table is
 * mw.null (a light userdata of NULL, which is cjson.null too), binary is a userdata that travels as
 * an attachment. Works in any Lua state; needs no vm. */
#ifndef MW_BINDINGS_VALUE_H
#define MW_BINDINGS_VALUE_H

#include "bindings/compat.h"
#include "core/codec/json.h"
#include "core/codec/sio_packet.h"

#define VALUE_DEPTH_MAX 128 /* levels of tables in a value */

/* Scratch and marks of one Lua state. The scratch is good until the next call with it: a longjmp
 * out of a caller leaves nothing to free. */
struct value_codec {
    struct buf out;                                /* what value_put_* wrote */
    struct slice attachments[SIO_ATTACHMENTS_MAX]; /* of the same; owned by the Lua values */
    size_t attachment_count;
    struct buf path;   /* of the last failure: `players[3].pos.x is nan` */
    struct buf _steps; /* while a failure finds its way out: the keys, innermost last */
    /* Asked now and then while it writes or reads, `look` counting from 0 since value_begin; NULL:
     * nobody. A reason (`takes too long`) ends the writing; may raise. */
    const char *(*on_look)(void *ud, lua_State *L, unsigned look);
    void *on_look_ud;
    size_t _work; /* values and bytes since the last look */
    unsigned _looks;
    bool _allow_binary, _watch_cycles, _gave_up;
    unsigned _depth;
    const void *_open[VALUE_DEPTH_MAX]; /* the tables being written, outermost first */
    struct json_reader _reader;
    uint8_t _hint[JSON_DEPTH_MAX + 1]; /* members of the last table read at that depth */
    const void *_array_mt, *_binary_mt, *_args_mt;
    int _array_ref, _binary_ref, _args_ref; /* LUA_REGISTRYINDEX */
};

/* Makes the metatables in L's registry. Dispose frees the scratch, after the state or before. */
void value_codec_init(struct value_codec *c, lua_State *L);
void value_codec_dispose(struct value_codec *c);

/* --- writing --- */

/* Empties out and attachments. With allow_binary false a binary value is an error. */
void value_begin(struct value_codec *c, bool allow_binary);

/* Appends the value at `index` to c->out. False: it cannot be said in JSON, and c->path has a
 * sentence that starts with `name`: `data.players[3].pos.x is nan`. Raises nothing, calls no
 * metamethod. nil is null; a table with the keys 1..n is an array, every other an object, whose
 * whole and decimal keys become their text. */
MUST_CHECK bool value_put(struct value_codec *c, lua_State *L, int index, const char *name);

/* The same for the values of an event's or an acknowledgement's array, commas included but no
 * brackets: `count` values from `index` (counted from the bottom) on, named `NAME[1]`… */
MUST_CHECK bool value_put_list(struct value_codec *c, lua_State *L, int index, int count,
                               const char *name, bool leading_comma);

static inline struct slice value_text(const struct value_codec *c)
{
    return buf_slice(&c->out);
}

/* --- reading --- */

enum value_read {
    VALUE_OK = 0,
    VALUE_SYNTAX,  /* malformed, a placeholder without its attachment included */
    VALUE_TOO_MANY /* more values than a Lua stack holds */
};

struct value_source {
    struct slice json;
    const struct slice *attachments;
    size_t attachment_count;
};

/* Pushes the one value of `json`; JSON null is nil. Raises nothing but a lack of memory. On failure
 * the stack is as before, and c->path says what is wrong, at which byte. [-0, +1] */
enum value_read value_read(struct value_codec *c, lua_State *L, const struct value_source *source);
/* Pushes each element of the array `json`, from the `skip`-th on (events: 1, the name); nulls among
 * them are nil. `*out_count` how many. [-0, +*out_count] */
enum value_read value_read_list(struct value_codec *c, lua_State *L,
                                const struct value_source *source, unsigned skip, int *out_count);

/* --- the marks --- */

/* mw.null */
static inline void value_push_null(lua_State *L)
{
    lua_pushlightuserdata(L, NULL);
}
static inline bool value_is_null(lua_State *L, int index)
{
    return lua_islightuserdata(L, index) && !lua_touserdata(L, index);
}

/* Marks the table at `index` as an array. */
void value_mark_array(struct value_codec *c, lua_State *L, int index);
bool value_is_array(struct value_codec *c, lua_State *L, int index);

/* mw.binary. Pushes a copy of `bytes`. */
void value_push_binary(struct value_codec *c, lua_State *L, struct slice bytes);
/* False if it is none. The bytes live as long as the value. */
bool value_to_binary(struct value_codec *c, lua_State *L, int index, struct slice *out_bytes);

/* mw.args: packs the values from `first` to the top into one that value_put_args spreads. */
void value_push_args(struct value_codec *c, lua_State *L, int first);
bool value_is_args(struct value_codec *c, lua_State *L, int index);
/* Appends the arguments of an event as emit has them: `,x` for each value of mw.args, one for any
 * other value, none for nil. */
MUST_CHECK bool value_put_args(struct value_codec *c, lua_State *L, int index);

/* Pushes {encode = function(value), decode = function(text)}, without attachments; a failure raises
 * its sentence. The codec must outlive the table. [-0, +1, m] */
void value_push_module(struct value_codec *c, lua_State *L);

#endif
