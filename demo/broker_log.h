/*
 * broker_log: what stands in the embedded cluster: topics made, every record copied to a file and
 * produced again from it, and a watch on what the cluster forgets. One client per cluster.
 *
 * The cluster keeps about 5 MiB (as sent, so compressed) or 100 000 batches a partition and then
 * drops the oldest without a word: broker_log_watch() is what turns that into a loud end.
 */
#ifndef DEMO_BROKER_LOG_H
#define DEMO_BROKER_LOG_H

#include "common/base.h"
#include "common/fault.h"

struct broker_log;

/* Starts the cluster and a client of it. */
int broker_log_new(struct broker_log **ret, struct fault *f) MUST_CHECK;
/* "127.0.0.1:PORT"; belongs to the log. */
const char *broker_log_address(const struct broker_log *l);
/* Makes a topic; nothing when it is there with as many partitions, FAULT_CONFIG when with others. */
int broker_log_topic(struct broker_log *l, const char *name, int partitions,
		     struct fault *f) MUST_CHECK;
/*
 * Produces the records of `path` again; nothing when there is no such file. FAULT_STATE when the
 * file is damaged, or when a record does not get the partition and offset that it had.
 */
int broker_log_load(struct broker_log *l, const char *path, uint64_t *ret_records,
		    struct fault *f) MUST_CHECK;
/* Writes all records of all topics to `path`, atomically. From then on the cluster takes no record. */
int broker_log_save(struct broker_log *l, const char *path, uint64_t *ret_records,
		    struct fault *f) MUST_CHECK;
/* FAULT_IO when a partition has dropped records: its first offset is no longer 0. */
int broker_log_watch(struct broker_log *l, struct fault *f) MUST_CHECK;
void broker_log_free(struct broker_log *l);

#endif
