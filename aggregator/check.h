/*
 * check: the settings of Redis and Kafka that the promise rests on, as one table: what each must be,
 * why, and how to mend it. `ops doctor` prints all rows; `ops init` refuses to begin on some of them, and the
 * aggregator on those of topics. Pure: knows no server, only what one said.
 *
 * Sources: redis.conf of Redis 7.0; Kafka's documentation of topic and broker settings.
 */
#ifndef AGGREGATOR_CHECK_H
#define AGGREGATOR_CHECK_H

#include "common/base.h"
#include "common/buf.h"
#include "common/fault.h"
#include "common/options.h"

enum check_place { CHECK_REDIS, CHECK_TOPIC, CHECK_BROKER };
enum check_level { CHECK_OK, CHECK_WARN, CHECK_BAD };

struct check {
	enum check_place place;
	enum check_level level; /* when it does not hold */
	bool refused;           /* nothing is begun on it */
	bool least;         /* `needed` is the least number or version; otherwise one of texts */
	bool lab;           /* a laboratory need not hold it */
	const char *name;   /* the server's own name of it */
	const char *needed; /* "7.0.15"; "everysec or always", the first one recommended */
	const char *why;    /* what happens otherwise */
	const char *mend;   /* NULL: the setting can be changed where it stands */
};

/* Row i of the table; NULL after the last. */
const struct check *check_row(size_t i);
/* Of `found` (NULL: the server does not tell it), in a laboratory or not. */
enum check_level check_judge(const struct check *c, const char *found, bool lab);
/* Appends what to do: a command, for the topic `subject` on the Kafka at `address`, or a sentence. */
void check_mend(const struct check *c, const char *subject, const char *address, struct buf *out);
/* FAULT_CONFIG: a row that is refused, what was found, why and how to mend it; `subject` and `address` as above. */
int check_fault(const struct check *c, const char *subject, const char *address,
		const struct option_list *found, struct fault *f);
/* The first row of this place that a program refuses to start on, by what was `found` (common/pairs.h); NULL when there is none. */
const struct check *check_refused(enum check_place place, const struct option_list *found,
				  bool lab);

#endif
