/*
 * kafka_in: a consumer (librdkafka) of partitions of one topic, by assign(), without committed offsets:
 * whoever calls knows where to begin, also as a member of a group, which only says what it may read.
 * Settings that the promise rests on are ours and cannot be overridden: auto.offset.reset=error,
 * enable.auto.commit=false, enable.auto.offset.store=false, enable.partition.eof=false, check.crcs=true,
 * allow.auto.create.topics=false. What waits to be taken is bounded by queued.max.messages.kbytes, 16 MiB
 * unless it is set.
 *
 * Kafka errors that librdkafka retries by itself are not faults. An offset that is out of range,
 * an unknown topic or partition are FAULT_STATE; a batch that is damaged, or compressed in a way that this
 * librdkafka does not know, is FAULT_INPUT (after a wrong checksum the client is of no more use); "no broker
 * answers" (before a deadline of the caller) is FAULT_UNAVAILABLE, but FAULT_CONFIG, and sooner, when brokers
 * refuse our certificate or password or we theirs; so is a missing right.
 */
#ifndef COMMON_KAFKA_IN_H
#define COMMON_KAFKA_IN_H

#include "common/base.h"
#include "common/fault.h"
#include "common/options.h"

struct kafka_record {
	int32_t partition;
	int64_t offset;
	const uint8_t *key; /* NULL: null key */
	size_t key_len;
	const uint8_t *value; /* NULL: null value */
	size_t value_len;
	bool strange;    /* its headers: more than 32, above 4 KiB, or a name twice or not UTF-8 */
	int64_t time_ms; /* when the broker appended it; -1 when that is not known */
};

struct kafka_in;
/*
 * `properties`: librdkafka names and values alternating (bootstrap.servers among them), borrowed
 * for the call. FAULT_CONFIG for a property that librdkafka refuses, with its own text, or that is ours.
 */
int kafka_in_new(const char *topic, const struct option_list *properties, struct kafka_in **ret,
		 struct fault *f) MUST_CHECK;
/*
 * The same as a member of `group`. With `instance` the membership is static: a close does not end it, only
 * the session's timeout does (session.timeout.ms, 10 s unless it is set), and whoever joins with that name
 * before has its partitions at once. NULL: a close ends it. Heartbeats go on by themselves for as long as
 * kafka_in_batch() or kafka_in_share() is called within max.poll.interval.ms, 5 minutes.
 * These two and kafka_in_assign() have two faults more then: FAULT_FENCED when another process joined with
 * our instance, after which nothing but kafka_in_free() is of use; FAULT_CONFIG when the group refuses us.
 */
int kafka_in_join(const char *topic, const struct option_list *properties, const char *group,
		  const char *instance, struct kafka_in **ret, struct fault *f) MUST_CHECK;
/* What has become of the partitions that kafka_in_share() gave last; changes in kafka_in_batch(). */
enum kafka_standing {
	KAFKA_STAYS,   /* ours; always, without a group */
	KAFKA_REVOKED, /* the group waits for them: finish, then call kafka_in_share() */
	KAFKA_LOST,    /* others may have them already: forget what was read */
	KAFKA_REPLACED, /* the same, for good: another process has our instance, or this client can join no more */
};
enum kafka_standing kafka_in_standing(const struct kafka_in *in);
/* Nothing of that share is held any more; the group, if it waits, hears so. kafka_in_share() begins with it. */
void kafka_in_give_back(struct kafka_in *in);
/*
 * Gives back what the group wants back, and returns how many partitions it gives, at most `cap`; 0 when
 * that is not known after timeout_ms, or when none is left for this member. What was buffered is dropped:
 * kafka_in_assign() comes next.
 */
int kafka_in_share(struct kafka_in *in, int timeout_ms, int32_t *partition, int cap,
		   struct fault *f) MUST_CHECK;
/* Number of partitions. FAULT_UNAVAILABLE after timeout_ms, FAULT_STATE when the topic is not there. */
int kafka_in_partitions(struct kafka_in *in, int timeout_ms, int *ret, struct fault *f) MUST_CHECK;
/* First offset kept and next offset to be written, asked of the broker now. */
int kafka_in_watermarks(struct kafka_in *in, int partition, int timeout_ms, int64_t *ret_low,
			int64_t *ret_high, struct fault *f) MUST_CHECK;
/*
 * Starts partition i at offset[i], for i < count, but for those whose offset is below 0; drops what was
 * assigned, buffered and lent before. An offset that the log does not have shows in kafka_in_batch().
 */
int kafka_in_assign(struct kafka_in *in, const int64_t *offset, int count,
		    struct fault *f) MUST_CHECK;
/*
 * Up to `cap` records of any partition, waiting at most timeout_ms for the first. Returns their number,
 * 0 when none came. They are borrowed until the next call of kafka_in_batch, _assign or _free. After a
 * fault the records of that batch are lost: assign again, or stop.
 */
int kafka_in_batch(struct kafka_in *in, int timeout_ms, struct kafka_record *record, int cap,
		   struct fault *f) MUST_CHECK;
/*
 * Whether, since the last call, a connection to a broker failed or a partition's records came from
 * another broker than before: then the log may have been exchanged, and no error will tell.
 */
bool kafka_in_shaken(struct kafka_in *in);
/*
 * A dynamic member leaves its group. Within two seconds: a client that has not ended then is left behind,
 * with a warning.
 */
void kafka_in_free(struct kafka_in *in);

#endif
