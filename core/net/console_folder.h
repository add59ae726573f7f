/* Where the sockets of consoles lie: a folder that is its owner's alone.
 * `moonwire` below $XDG_RUNTIME_DIR, if that is there and ours, or else moonwire-UID below $TMPDIR
 * or /tmp. A name there can be taken by anybody first, so a folder counts only if it is no link, is
 * ours, and is closed to everybody else. It opens no socket. */
#ifndef MW_NET_CONSOLE_FOLDER_H
#define MW_NET_CONSOLE_FOLDER_H

#include "core/base/buf.h"

/* Puts the folder's path into the empty buf, with a NUL behind it, and makes it. False: `out_error`
 * says why there is none. */
MUST_CHECK bool console_folder_make(struct buf *out_path, struct buf *out_error);

/* Calls fn for each socket in the folders where one of our servers may have put it, in order of
 * their names; also for one whose server is gone. */
void console_folder_each(void (*fn)(void *ud, const char *path), void *ud);

#endif
