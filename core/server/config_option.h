/* The table of options: what config.c knows about each key.
 * One row holds name, type, place, default, range, unit and shape, so that nothing about an option
 * is written twice. Sets nothing. */
#ifndef MW_SERVER_CONFIG_OPTION_H
#define MW_SERVER_CONFIG_OPTION_H

#include "core/server/config.h"
#include "core/server/config_shape.h"

struct config_option {
    const char *name;
    enum config_type type;
    size_t at;              /* of the field in struct config: bool, int64_t, double or char * */
    const char *normal;     /* the default, as config_set_text takes it; NULL: none */
    const char *off;        /* of texts: what `false` means; NULL: that there is none */
    double least, most;     /* of numbers */
    const char *unit;       /* of numbers; NULL: a mere count */
    config_shape_fn *shape; /* of a text, and of each text of a list */
    const char *wanted;     /* of texts and lists: "must be …" */
    bool restart;           /* a change waits for the next start */
};

/* NULL: there is none of that name. */
const struct config_option *config_option_find(struct slice key);
/* The i-th in the order of the manual; NULL behind the last. */
const struct config_option *config_option_at(size_t i);

/* Is it kept as text? */
static inline bool config_option_is_text(const struct config_option *o)
{
    return o->type == CONFIG_STRING || o->type == CONFIG_LIST;
}

/* Is `false` a value of it, though it is a text? */
static inline bool config_option_takes_false(const struct config_option *o)
{
    return config_option_is_text(o) && (o->off || !o->normal);
}

/* Appends what its values must be: "a number of seconds between 0.1 and 86400". */
void config_option_put_wanted(const struct config_option *o, struct buf *out);

#endif
