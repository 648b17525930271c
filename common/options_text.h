/*
 * options_text: what people read about options, made from the same rows that are parsed. Private to
 * options.c. The caller frees the texts.
 */
#ifndef COMMON_OPTIONS_TEXT_H
#define COMMON_OPTIONS_TEXT_H

#include "common/options.h"

/* "KONTAKTPULS_BATCH_MAX" of "batch-max"; NULL for a type that the environment cannot give. */
char *options_variable(const struct option_row *row);
/* "expected a whole number, 1..1000": what a value that was refused should have been. */
char *options_expected(const struct option_row *row);
/* Line of --help: the sentence, then limits and default in brackets. */
char *options_help(const struct option_row *row);
/* A YAML file with every key and its default, all commented out but those that are required. */
void options_sample(const struct options *o, FILE *out);
/* A Markdown section: heading, summary, table of the program's rows and of the `common` ones. */
void options_reference(const struct options *o, const struct option_row *common, size_t count,
		       FILE *out);

#endif
