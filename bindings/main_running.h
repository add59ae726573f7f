/* The servers that run on this machine and that we may attach a console to.
 * Found by their sockets (console_folder.h); each says in its first frame what it is. Sends nothing
 * else. */
#ifndef MW_BINDINGS_MAIN_RUNNING_H
#define MW_BINDINGS_MAIN_RUNNING_H

#include "core/net/console_client.h"

struct running {
    struct console_client client;
    char *path;             /* of the socket */
    char *version, *script; /* the script's absolute path */
    int port;
    unsigned generation;
};

struct running_list {
    struct running *at;
    size_t count;
};

/* Attaches to the server at one socket. False: `out_error` says why not. Dispose either way. */
MUST_CHECK bool running_attach(struct running *r, const char *path, struct buf *out_error);
void running_dispose(struct running *r);

/* Attaches to every one that answers. */
void running_find(struct running_list *out);
void running_list_dispose(struct running_list *list);

#endif
