/* What the files of the run share: collect.c, and collect_stream.c for what comes by a stream. */
#ifndef COLLECTORS_ENGINE_COLLECT_PRIVATE_H
#define COLLECTORS_ENGINE_COLLECT_PRIVATE_H

#include "collectors/engine/collect.h"
#include "collectors/engine/delivery.h"
#include "collectors/engine/watch.h"

/* How long to wait before trying again what passes by itself; doubled each time. */
#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 60000

/* Everything that is open while the program runs. */
struct run {
	const struct collect_options *o;
	const struct option_list *files;
	struct mapping *mapping;
	struct delivery_source source;
	struct promise *promise;
	struct seal *seal;
	struct watch *watch;
	struct delivery_report *report;
	size_t reports, reports_cap;
	size_t left; /* files of a folder that could not be taken, or not be put away */
};

int run_open_kafka(struct run *r, struct fault *f) MUST_CHECK;
void run_close_kafka(struct run *r);
/* Tells what became of a delivery, and keeps that for the end. */
void run_note(struct run *r, const struct delivery_report *d);

/* "-" is among the files, or there is a spool. */
bool stream_is_wanted(const struct run *r);
/* FAULT_USAGE when options, files and mapping are not those of a stream. */
int stream_check(const struct run *r, struct fault *f) MUST_CHECK;
/*
 * Stdin into the spool and the spool to Kafka, at the same time; without "-" the spool alone.
 * FAULT_UNAVAILABLE when Kafka does not answer: what waits in the spool is sent at the next start.
 */
int stream_collect(struct run *r, struct fault *f) MUST_CHECK;

#endif
