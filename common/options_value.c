/*
 * options_value: puts texts into the fields of a program's options struct. Owns no storage of its
 * own; what it allocates belongs to the field until options_release_rows().
 */
#include "common/options_value.h"

#include "common/text.h"

void *options_field(const struct option_row *row, void *target)
{
	return (char *)target + row->offset;
}

void options_list_add(struct option_list *list, const char *text)
{
	list->item = base_realloc(list->item, list->count + 1, sizeof(char *));
	list->item[list->count++] = base_strdup(text);
}

void options_list_release(struct option_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i]);
	free(list->item);
	*list = (struct option_list){0};
}

void options_map_set(struct option_list *map, const char *name, const char *value)
{
	for (size_t i = 0; i < map->count; i += 2) {
		if (strcmp(map->item[i], name) != 0)
			continue;
		free(map->item[i + 1]);
		map->item[i + 1] = base_strdup(value);
		return;
	}
	options_list_add(map, name);
	options_list_add(map, value);
}

bool options_is_secret(const char *name)
{
	static const char *const word[] = {"password", "secret", "key.pem"};
	const size_t len = strcspn(name, "=");

	for (size_t i = 0; i < ARRAY_SIZE(word); i++) {
		if (memmem(name, len, word[i], strlen(word[i])))
			return true;
	}
	return false;
}

static bool set_text(const struct option_row *row, const char *text, char **ret)
{
	bool allowed = row->choice == NULL && (row->form == NULL || row->form->valid(text));

	for (size_t i = 0; !allowed && row->choice && row->choice[i]; i++)
		allowed = strcmp(row->choice[i], text) == 0;
	if (!allowed)
		return false;
	free(*ret);
	*ret = base_strdup(text);
	return true;
}

static bool set_count(const struct option_row *row, const char *text, uint64_t *ret)
{
	uint64_t n = 0;

	if (!text_u64(span_of(text), row->max, &n) || n < row->min)
		return false;
	*ret = n;
	return true;
}

static bool set_switch(const char *text, bool *ret)
{
	bool yes = strcmp(text, "true") == 0;

	if (!yes && strcmp(text, "false") != 0)
		return false;
	*ret = yes;
	return true;
}

static bool set_pair(const char *text, struct option_list *map)
{
	const char *equals = strchr(text, '=');

	if (!equals || equals == text)
		return false;
	char *name = base_strndup(text, (size_t)(equals - text));
	options_map_set(map, name, equals + 1);
	free(name);
	return true;
}

bool options_set(const struct option_row *row, void *target, const char *text)
{
	switch (row->type) {
	case OPTION_TEXT: return set_text(row, text, options_field(row, target));
	case OPTION_COUNT: return set_count(row, text, options_field(row, target));
	case OPTION_SWITCH: return set_switch(text, options_field(row, target));
	case OPTION_LIST: options_list_add(options_field(row, target), text); return true;
	case OPTION_MAP: return set_pair(text, options_field(row, target));
	}
	BUG("an option type without a case");
}

bool options_set_joined(const struct option_row *row, void *target, const char *text)
{
	if (row->type != OPTION_LIST)
		return options_set(row, target, text);
	options_list_release(options_field(row, target));
	while (*text) {
		size_t len = strcspn(text, ",");
		char *item = base_strndup(text, len);
		options_list_add(options_field(row, target), item);
		free(item);
		text += len + (text[len] == ',');
	}
	return true;
}

void options_release_rows(const struct option_row *row, size_t count, void *target)
{
	for (size_t i = 0; i < count; i++) {
		if (row[i].type == OPTION_LIST || row[i].type == OPTION_MAP)
			options_list_release(options_field(&row[i], target));
		if (row[i].type != OPTION_TEXT)
			continue;
		char **text = options_field(&row[i], target);
		free(*text);
		*text = NULL;
	}
}
