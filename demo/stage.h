/*
 * stage: everything from raw files to figures as one process tree on servers of its own, in one
 * directory. What try and demo share.
 *
 *	DIR/las DIR/nyckel	lock; id key, 64 hex digits, mode 0600
 *	DIR/kafka DIR/redis	what the embedded broker and the private Redis keep; on another Kafka the
 *				name of the topic
 *	DIR/samlare		progress of the collectors, lists of rejected rows
 *	DIR/logg		what the servers and the aggregator said
 *
 * Calling sequence: stage_open(); stage_up(); collect, aggregate, export in any number; stage_free(), which
 * stops the servers, in the right order, whatever happened before.
 */
#ifndef DEMO_STAGE_H
#define DEMO_STAGE_H

#include "common/base.h"
#include "common/fault.h"
#include "common/options.h"
#include "demo/stage_words.h"

#define STAGE_KEY_BYTES 32

/* How far a step is: records out of `total`, 0 when that is not known. Called several times a second. */
struct stage_watch {
	void (*tell)(void *of, uint64_t done, uint64_t total);
	void *of;
};

struct stage;

/*
 * Takes the directory, which is made when it is not there (its parent must be), and holds it
 * until stage_free(). `key` is written unless a key is there: NULL for a random one; FAULT_CONFIG when
 * another one is there. FAULT_FENCED when another process has the directory.
 */
int stage_open(const char *dir, const uint8_t *key, struct stage **ret, struct fault *f) MUST_CHECK;
/*
 * Before stage_up(): on the Kafka at `address` (with `properties` of librdkafka, copied) instead of the
 * embedded broker, on a topic of its own (cluster.h). Without `keep` stage_free() removes the topic.
 */
int stage_use_kafka(struct stage *s, const char *address, const struct option_list *properties,
		    bool keep, struct fault *f) MUST_CHECK;
/* Absolute path of the directory. */
const char *stage_dir(const struct stage *s);
/* Address for --redis: "unix:.."; the name for --topic. */
const char *stage_redis(const struct stage *s);
const char *stage_topic(const struct stage *s);

/* Starts the servers and makes the topics and the namespace unless they are there. */
int stage_up(struct stage *s, struct fault *f) MUST_CHECK;
/*
 * The steps run a program to its end and return its exit status in *ret_status; a fault when it could
 * not be run, when a server ended meanwhile, or when a stop was asked for (common/loop.h).
 * `args` of collect: options and files; of export: period and options. `quiet`: what collect
 * says goes to DIR/logg, and to stderr when it fails.
 */
int stage_collect(struct stage *s, const struct stage_words *args, bool quiet,
		  struct stage_watch watch, int *ret_status, struct fault *f) MUST_CHECK;
/* True when records stand in Kafka that are not counted: a run was stopped between two steps. */
bool stage_is_behind(struct stage *s);
int stage_aggregate(struct stage *s, struct stage_watch watch, int *ret_status,
		    struct fault *f) MUST_CHECK;
int stage_export(struct stage *s, const struct stage_words *args, int *ret_status,
		 struct fault *f) MUST_CHECK;
/*
 * Stops the servers, the broker first, and gives the directory back. FAULT_IO when the broker could
 * not keep its records; another one when a topic could not be removed.
 */
int stage_free(struct stage *s, struct fault *f);

#endif
