/*
 * stage_words: the words of a command line, one after another.
 */
#ifndef DEMO_STAGE_WORDS_H
#define DEMO_STAGE_WORDS_H

#include "common/base.h"

/* Zero-initialised = empty. `word` ends in NULL once there is one. */
struct stage_words {
	char **word;
	size_t count, cap;
};
void stage_word(struct stage_words *w, const char *text);
/* All of a list that ends in NULL. */
void stage_words_add(struct stage_words *w, const char *const *text);
void stage_words_release(struct stage_words *w);

#endif
