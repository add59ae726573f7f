/* What every client's driver shares: the server it speaks for, working memory, and whether the end
 * has begun. Owned by net; one for each net. */
#ifndef MW_NET_NET_SHARED_H
#define MW_NET_NET_SHARED_H

#include "core/net/http_date.h"
#include "core/net/wire.h"
#include "core/net/ws_deflate.h"
#include "core/server/server.h"

#define NET_SCRATCH_KEEP WIRE_WRITE_MAX

struct net_shared {
    struct server *server;
    struct log *log;
    struct ws_deflate *deflate; /* NULL: not asked for */
    struct buf scratch;         /* for one write; empty between calls */
    bool stopping;              /* every response is its connection's last */
    int64_t date_s;             /* the second that `date` shows */
    char date[HTTP_DATE_LEN + 1];
};

#endif
