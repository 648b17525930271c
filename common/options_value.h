/*
 * options_value: one option value from text into the field that a row points at. Private to
 * options.c.
 */
#ifndef COMMON_OPTIONS_VALUE_H
#define COMMON_OPTIONS_VALUE_H

#include "common/options.h"

/* The field of a row in the program's struct. */
void *options_field(const struct option_row *row, void *target);
/* One value (of a list an item, of a map NAME=VALUE); false when the row does not allow it. */
bool options_set(const struct option_row *row, void *target, const char *text) MUST_CHECK;
/* The same, but a list gets all its items anew, which stand between commas. */
bool options_set_joined(const struct option_row *row, void *target, const char *text) MUST_CHECK;
void options_list_add(struct option_list *list, const char *text);
void options_list_release(struct option_list *list);
/* Whether NAME, or NAME=VALUE, is called like a password or a key in clear. */
bool options_is_secret(const char *name);
/* A name that is there already gets the new value: this is how a later source wins. */
void options_map_set(struct option_list *map, const char *name, const char *value);
void options_release_rows(const struct option_row *row, size_t count, void *target);

#endif
