/* Which media type a file name means. A fixed list, so that a page behaves the same on every
 * machine; it does not look into files. */
#ifndef MW_NET_MIME_H
#define MW_NET_MIME_H

#include "core/base/slice.h"

/* By the extension, whatever its case; "application/octet-stream" when that says nothing. Text has
 * "; charset=utf-8". */
const char *mime_type(struct slice file_name);

#endif
