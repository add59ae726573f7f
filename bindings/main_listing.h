/* What a script registered, in words: the line at start, the list of `moonwire check`, and what a
 * server tells one that compares.
 * It reads a handler set and changes nothing. */
#ifndef MW_BINDINGS_MAIN_LISTING_H
#define MW_BINDINGS_MAIN_LISTING_H

#include "bindings/engine.h"

/* "5 handlers, 1 route, 1 tick" */
void listing_summary(const struct handlers *set, struct buf *out);
/* A line each: `  on "move" in "/"`, `  route /user/<name>`, `  tick 30 a second
 * (scripts/game.lua:60)`. */
void listing_details(const struct handlers *set, struct buf *out);
/* The same without the places, which every edit moves. */
void listing_names(const struct handlers *set, struct buf *out);

#endif
