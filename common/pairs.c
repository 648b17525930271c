/*
 * pairs: owns the texts and the array, which grows by one pair at a time: there are few.
 */
#include "common/pairs.h"

void pairs_add(struct option_list *p, const char *name, const char *value)
{
	p->item = base_realloc(p->item, p->count + 2, sizeof(char *));
	p->item[p->count++] = base_strdup(name);
	p->item[p->count++] = base_strdup(value ? value : "");
}

void pairs_add_all(struct option_list *p, const struct option_list *more)
{
	for (size_t i = 0; i + 1 < more->count; i += 2)
		pairs_add(p, more->item[i], more->item[i + 1]);
}

const char *pairs_find(const struct option_list *p, const char *name)
{
	for (size_t i = 0; i + 1 < p->count; i += 2)
		if (strcmp(p->item[i], name) == 0)
			return p->item[i + 1];
	return NULL;
}

void pairs_release(struct option_list *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->item[i]);
	free(p->item);
	*p = (struct option_list){0};
}
