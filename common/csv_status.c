/*
 * csv_status: names and texts of what can come of a row.
 */
#include "common/csv.h"

/* clang-format off */
static const struct {
	const char *name, *text;
} statuses[] = {
#define X(name, text) [CSV_##name] = {#name, text},
	CSV_STATUSES(X)
#undef X
};
/* clang-format on */

const char *csv_status_name(enum csv_status s)
{
	return statuses[s].name;
}

const char *csv_status_text(enum csv_status s)
{
	return statuses[s].text;
}
