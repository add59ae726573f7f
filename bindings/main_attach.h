/* `moonwire console`: attaches to a server that runs, at a terminal or in a pipe. */
#ifndef MW_BINDINGS_MAIN_ATTACH_H
#define MW_BINDINGS_MAIN_ATTACH_H

#include "bindings/cli.h"

/* False: `out_error` says why there is nothing to attach to, or that the last evaluation failed
 * (then it is empty: the error has been shown). */
MUST_CHECK bool attach_run(const struct cli *cli, struct buf *out_error);

#endif
