/*
 * stage_words: copies of texts in an array that exec() takes as it is.
 */
#include "demo/stage_words.h"

void stage_word(struct stage_words *w, const char *text)
{
	w->word = base_grow(w->word, &w->cap, w->count + 2, sizeof(*w->word));
	w->word[w->count++] = base_strdup(text);
	w->word[w->count] = NULL;
}

void stage_words_add(struct stage_words *w, const char *const *text)
{
	for (; *text; text++)
		stage_word(w, *text);
}

void stage_words_release(struct stage_words *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->word[i]);
	free(w->word);
	*w = (struct stage_words){0};
}
