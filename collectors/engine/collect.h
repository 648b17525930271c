/*
 * collect: one run of the collector. Key, mapping, joins, Kafka; then each file in turn (delivery.h),
 * named or found in a folder (watch.h), or stdin by way of a spool, and a report. Only this, collect_stream.c,
 * intake.c and main.c log.
 */
#ifndef COLLECTORS_ENGINE_COLLECT_H
#define COLLECTORS_ENGINE_COLLECT_H

#include "common/fault.h"
#include "common/options.h"

/* As they were given; main.c says what each means. */
struct collect_options {
	const char *mapping, *key, *state, *clock, *report, *kafka, *topic, *org;
	struct option_list with, properties;
	uint64_t explain, kafka_timeout, settle;
	const char *trailer, *seal_key, *spool;
	uint64_t spool_max; /* MiB */
	bool once, sha256;
};

/*
 * Takes the files, or with `check` only looks whether options and mapping are right. FAULT_USAGE,
 * FAULT_CONFIG and FAULT_NOINPUT say what must be mended first; FAULT_INPUT that all was dealt with
 * and a file is quarantined; FAULT_UNAVAILABLE and FAULT_IO that the files must be given again.
 */
int collect_run(const struct collect_options *o, const struct option_list *files, bool check,
		struct fault *f) MUST_CHECK;

#endif
