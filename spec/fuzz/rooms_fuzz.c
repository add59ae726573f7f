/* Rooms under random commands: after each, the structure is whole and agrees with a matrix.
 * Three bytes are one command (what, who, where), so that every input means something. Looks for no
 * crash on malformed input: rooms have none. */
#include "spec/fuzz/fuzz.h"

#include "core/server/rooms.h"

#define MEMBERS 16
#define ROOMS 16

struct model {
    struct rooms rooms;
    struct rooms_member members[MEMBERS];
    bool in[MEMBERS][ROOMS];
};

/* Names of 0 to 15 bytes, of which some are alike but for a NUL. */
static struct slice room_name(unsigned room)
{
    return slice_make("a\0a\0aaaa\0aaaaaaa", room);
}

static unsigned size_of(const struct model *m, unsigned room)
{
    unsigned size = 0;
    for (unsigned i = 0; i < MEMBERS; i++)
        size += m->in[i][room];
    return size;
}

static void apply(struct model *m, unsigned what, unsigned who, unsigned where)
{
    struct slice name = room_name(where);

    switch (what % 8) {
    default:
        require(rooms_join(&m->rooms, &m->members[who], name) == !m->in[who][where],
                "join says whether it was in");
        m->in[who][where] = true;
        break;
    case 5:
        require(rooms_leave(&m->rooms, &m->members[who], name) == m->in[who][where],
                "leave says whether it was in");
        m->in[who][where] = false;
        break;
    case 6:
        require(rooms_close(&m->rooms, name) == (size_of(m, where) > 0),
                "close says whether there was a room");
        for (unsigned i = 0; i < MEMBERS; i++)
            m->in[i][where] = false;
        break;
    case 7:
        rooms_leave_all(&m->rooms, &m->members[who]);
        memset(m->in[who], 0, sizeof(m->in[who]));
        break;
    }
}

static void check(const struct model *m)
{
    size_t count = 0;

    require(rooms_validate(&m->rooms), "the structure is whole");
    for (unsigned room = 0; room < ROOMS; room++) {
        const struct room *found = rooms_find(&m->rooms, room_name(room));
        require((found ? found->count : 0) == size_of(m, room), "a room has its members");
        count += found != NULL;
        for (unsigned i = 0; i < MEMBERS; i++)
            require(rooms_has(&m->rooms, &m->members[i], room_name(room)) == m->in[i][room],
                    "a member is where it should be");
    }
    require(rooms_count(&m->rooms) == count, "empty rooms vanish");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct model m = {0};

    for (; size >= 3; data += 3, size -= 3) {
        apply(&m, data[0], data[1] % MEMBERS, data[2] % ROOMS);
        check(&m);
    }
    for (unsigned i = 0; i < MEMBERS; i++)
        rooms_leave_all(&m.rooms, &m.members[i]);
    rooms_dispose(&m.rooms);
    return 0;
}
