/* Where the debug page's script goes into a document, and whether a text is one.
 * It goes to the head, behind nothing but what may stand before it: whoever looks for </body> finds
 * it in somebody's string or comment. Pure. */
#ifndef MW_BINDINGS_DEBUG_HTML_H
#define MW_BINDINGS_DEBUG_HTML_H

#include "core/base/slice.h"

/* Where a script may be put into it. `*out_whole`: it begins as a document does, and not as a piece
 * of one. */
size_t debug_html_place(struct slice html, bool *out_whole);
/* The nonce that a Content-Security-Policy lets scripts run by; empty if it has none. */
struct slice debug_html_nonce(struct slice policy);

#endif
