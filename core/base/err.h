/* The reasons for which an operation of the core can fail, and their texts.
 * One list for the layers that report to each other; parsers with finer reasons keep an enum of
 * their own. Not for Lua errors (bindings/invoke.h) nor for HTTP statuses. */
#ifndef MW_BASE_ERR_H
#define MW_BASE_ERR_H

enum err {
    ERR_OK = 0,
    ERR_NOMEM,      /* memory whose size came from the network could not be had */
    ERR_SYNTAX,     /* malformed bytes */
    ERR_RANGE,      /* well formed, but over a limit or outside the allowed values */
    ERR_STATE,      /* not allowed now */
    ERR_NOT_FOUND,  /* no such session, peer, namespace or file */
    ERR_UNSUPPORTED /* a version or feature that is switched off or not built */
};

/* A short English text, without a full stop: "malformed", "out of memory". Never NULL. */
const char *err_text(enum err e);

#endif
