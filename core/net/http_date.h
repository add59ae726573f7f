/* Dates as HTTP writes them: "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7).
 * The C library's own formatting follows the locale, which headers must not. Whole seconds, GMT
 * only. */
#ifndef MW_NET_HTTP_DATE_H
#define MW_NET_HTTP_DATE_H

#include "core/base/slice.h"
#include <stdint.h>

#define HTTP_DATE_LEN 29

/* Writes HTTP_DATE_LEN characters and a NUL. Years 1970 to 9999; others are taken as the nearest.
 */
void http_date_format(int64_t unix_s, char out[HTTP_DATE_LEN + 1]);
/* The three forms that a recipient must know: the one above, RFC 850's and asctime's. */
bool http_date_parse(struct slice text, int64_t *out_unix_s);

#endif
