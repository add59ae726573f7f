/* Rooms as a script names them: one string or number, or a list of them.
 * A lookup that finds nobody must not turn into a message for everyone, so nothing at all, an empty
 * list and an empty string are errors. Pure reading: nothing is sent here. */
#ifndef MW_BINDINGS_TARGET_H
#define MW_BINDINGS_TARGET_H

#include "bindings/compat.h"
#include "core/base/slice.h"

/* Views of strings that Lua holds: of the list, or (numbers, the array itself) of values pushed
 * onto the stack, which have to stay there. */
struct target_rooms {
    const struct slice *rooms;
    size_t count;
    struct slice _one;
};

/* Reads the value at `index`, called `name` in errors of `what`; `more` rooms are left free behind
 * the list for the caller to add (target_add). [-0, +n, e] */
void target_read(struct target_rooms *out, lua_State *L, int index, const char *what,
                 const char *name, size_t more);
void target_add(struct target_rooms *rooms, struct slice room);

/* One room, a string or a number that is taken as its text. Pushes its text. [-0, +1, e] */
struct slice target_push_room(lua_State *L, int index, const char *what, const char *name);

#endif
