/*
 * memo: the codes that short texts have come to, so that the same text need not go through the same
 * steps for each record: a source has a handful of statuses and kinds.
 */
#ifndef COLLECTORS_ENGINE_MEMO_H
#define COLLECTORS_ENGINE_MEMO_H

#include "common/text.h"

struct memo;
struct memo *memo_new(void);
void memo_free(struct memo *m);
/* False when the text is not known: it is too long, or was forgotten for another. */
bool memo_get(const struct memo *m, struct span text, uint8_t *ret);
/* A text without NUL. */
void memo_put(struct memo *m, struct span text, uint8_t code);

#endif
