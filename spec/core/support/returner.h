/* A loopback client that remembers who it is, and comes back as that when its connection broke
 * (connection_state_recovery). */
#ifndef MW_SPEC_RETURNER_H
#define MW_SPEC_RETURNER_H

#include "rig.h"

struct returner {
    struct loopback *l; /* NULL: away */
    char sid[IDENT_LEN + 1], pid[IDENT_LEN + 1];
    bool recovered; /* as the one that it was before */
};

/* Connects and joins `/` with this auth; reads sid and pid from the answer. */
struct returner returner_join(struct rig *r, const char *auth);
/* Comes back as `old`, having seen the events up to `offset`; NULL: none. */
struct returner returner_back(struct rig *r, const struct returner *old, const char *offset);
/* Its connection breaks. */
void returner_leave(struct rig *r, struct returner *c);

#endif
