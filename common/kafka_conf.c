/*
 * kafka_conf: configuration, log and error kinds of librdkafka for both directions. Owns the list
 * of errors that pass. Never stores a property's value in a fault: it may be a password.
 */
#include "common/kafka_conf.h"

#include <pthread.h>
#include <syslog.h>

#include "common/civil.h"
#include "common/log.h"

#define SLICE_MS 1000 /* the first patience with brokers when one has refused us */

/* Defaults of librdkafka that stall a fail-over or fill the log; anybody may override them. */
static const struct kafka_setting common_setting[] = {
	{.name = "client.id", .value = "kontaktpuls"},
	{.name = "reconnect.backoff.max.ms", .value = "1000"},
	{.name = "socket.timeout.ms", .value = "10000"},
	{.name = "socket.keepalive.enable", .value = "true"},
	{.name = "topic.metadata.refresh.interval.ms", .value = "30000"},
	{.name = "log.connection.close", .value = "false"},
	/* With a number of partitions that nobody chose, keys would go to wrong partitions. */
	{.name = "allow.auto.create.topics", .value = "false", .ours = true},
};

/*
 * What a log says when TLS or SASL has failed for good. Their errors' codes tell less: a broker that has no
 * certificate of ours just closes the connection, and one that is killed is an error of TLS too.
 */
static const char *const refusal[] = {
	"certificate",           "SSL alert",      "SASL authentication error",
	"Authentication failed", "SASL mechanism",
};

static pthread_mutex_t trouble_lock = PTHREAD_MUTEX_INITIALIZER; /* of all clients */

static void note_trouble(struct kafka_trouble *t, const char *text)
{
	const char *after = text[0] == '[' ? strstr(text, "]: ") : NULL; /* the thread's name */

	(void)pthread_mutex_lock(&trouble_lock);
	(void)snprintf(t->said, sizeof(t->said), "%s", after ? after + 3 : text);
	for (size_t i = 0; i < ARRAY_SIZE(refusal); i++)
		t->refused |= strstr(text, refusal[i]) != NULL;
	(void)pthread_mutex_unlock(&trouble_lock);
}

static struct kafka_trouble read_trouble(const rd_kafka_t *rk)
{
	const struct kafka_trouble *t = rd_kafka_opaque(rk);

	(void)pthread_mutex_lock(&trouble_lock);
	const struct kafka_trouble copy = *t;
	(void)pthread_mutex_unlock(&trouble_lock);
	return copy;
}

static void end_trouble(const rd_kafka_t *rk)
{
	struct kafka_trouble *t = rd_kafka_opaque(rk);

	(void)pthread_mutex_lock(&trouble_lock);
	*t = (struct kafka_trouble){0};
	(void)pthread_mutex_unlock(&trouble_lock);
}

/* librdkafka's threads call this. */
static void take_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	if (rk && strcmp(facility, "FAIL") == 0)
		note_trouble(rd_kafka_opaque(rk), text);
	/*
	 * The broker for trials is too old for that setting; of no other will this be said. And properties go to
	 * both clients, whichever of them they are for.
	 */
	bool known = strcmp(facility, "AUTOCREATE") == 0 ||
		     strstr(text, "and will be ignored by this") != NULL;
	if (level <= LOG_WARNING && !known)
		log_warning("kafka: %s: %s", facility, text);
	else
		log_debug("kafka: %s: %s", facility, text);
}

static int set(rd_kafka_conf_t *conf, const char *name, const char *value, struct fault *f)
{
	char reason[512];

	if (rd_kafka_conf_set(conf, name, value, reason, sizeof(reason)) == RD_KAFKA_CONF_OK)
		return 0;
	return fault_set(f, FAULT_CONFIG, "kafka: %s: %s", name, reason);
}

static int set_all(rd_kafka_conf_t *conf, const struct kafka_setting *setting, size_t count,
		   struct fault *f)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		if (setting[i].value)
			rc = set(conf, setting[i].name, setting[i].value, f);
	}
	return rc;
}

static bool is_ours(const struct kafka_setting *setting, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (setting[i].ours && strcmp(setting[i].name, name) == 0)
			return true;
	}
	return false;
}

int kafka_conf_new(const struct kafka_setting *setting, size_t count,
		   const struct option_list *properties, void *client, rd_kafka_conf_t **ret,
		   struct fault *f)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	rd_kafka_conf_set_opaque(conf, client);
	rd_kafka_conf_set_log_cb(conf, take_log);
	int rc = set_all(conf, common_setting, ARRAY_SIZE(common_setting), f);
	if (rc == 0)
		rc = set_all(conf, setting, count, f);
	for (size_t i = 0; rc == 0 && i + 1 < properties->count; i += 2) {
		const char *name = properties->item[i];
		if (is_ours(setting, count, name) ||
		    is_ours(common_setting, ARRAY_SIZE(common_setting), name))
			rc = fault_set(f, FAULT_CONFIG,
				       "kafka: %s: not to be set, correct counting rests on it",
				       name);
		else
			rc = set(conf, name, properties->item[i + 1], f);
	}
	if (rc < 0)
		rd_kafka_conf_destroy(conf);
	else
		*ret = conf;
	return rc;
}

int kafka_conf_start(rd_kafka_type_t type, rd_kafka_conf_t *conf, rd_kafka_t **ret, struct fault *f)
{
	char reason[512];
	rd_kafka_t *rk = rd_kafka_new(type, conf, reason, sizeof(reason));

	if (!rk) {
		rd_kafka_conf_destroy(conf);
		return fault_set(f, FAULT_CONFIG, "kafka: %s", reason);
	}
	*ret = rk;
	return 0;
}

/* What librdkafka, or the cluster, mends by itself. Anything else stops us. */
static const rd_kafka_resp_err_t passing[] = {
	RD_KAFKA_RESP_ERR__TRANSPORT,
	RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN,
	RD_KAFKA_RESP_ERR__TIMED_OUT,
	RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE,
	RD_KAFKA_RESP_ERR__RESOLVE,
	RD_KAFKA_RESP_ERR__WAIT_COORD,
	RD_KAFKA_RESP_ERR__SSL,
	RD_KAFKA_RESP_ERR__AUTHENTICATION,
	RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
	RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
	RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
	RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
	RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE,
	RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
	RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR,
	RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH,
	RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
	RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE,
	/* Without a group its name alone makes librdkafka ask for a coordinator. */
	RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
	RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
	RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
	RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
	/* A member that was frozen or busy for too long joins again. */
	RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED,
};

bool kafka_conf_passes(rd_kafka_resp_err_t err)
{
	for (size_t i = 0; i < ARRAY_SIZE(passing); i++) {
		if (passing[i] == err)
			return true;
	}
	return false;
}

int kafka_conf_judge(const rd_kafka_t *rk, rd_kafka_resp_err_t err, const char *right,
		     char hint[KAFKA_HINT_MAX])
{
	hint[0] = '\0';
	if (err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
	    err == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED) {
		(void)snprintf(hint, KAFKA_HINT_MAX,
			       ": give this user the right to %s (docs/operate.md, Rights)", right);
		return FAULT_CONFIG;
	}
	if (!kafka_conf_passes(err))
		return FAULT_STATE;
	const struct kafka_trouble t = read_trouble(rk);
	const char *said = t.said[0] != '\0' ? t.said
					     : "is it up, and does security.protocol fit its port?";
	(void)snprintf(hint, KAFKA_HINT_MAX, ": %s%s", said,
		       t.refused ? "; look at security.protocol, ssl.* and sasl.* "
				   "(docs/operate.md, Kafka over TLS)"
				 : "");
	return t.refused ? FAULT_CONFIG : FAULT_UNAVAILABLE;
}

int kafka_conf_fault(const rd_kafka_t *rk, const char *topic, rd_kafka_resp_err_t err,
		     const char *right, struct fault *f)
{
	char hint[KAFKA_HINT_MAX];
	const int kind = kafka_conf_judge(rk, err, right, hint);

	return fault_set(f, kind, "kafka: topic %s: %s%s", topic, rd_kafka_err2str(err), hint);
}

rd_kafka_resp_err_t kafka_conf_metadata(rd_kafka_t *rk, rd_kafka_topic_t *topic, int timeout_ms,
					const struct rd_kafka_metadata **ret)
{
	const int64_t deadline = civil_monotonic_ms() + timeout_ms;
	rd_kafka_resp_err_t err;
	int64_t slice = SLICE_MS, left = timeout_ms;

	do {
		err = rd_kafka_metadata(rk, 0, topic, ret, (int)(left < slice ? left : slice));
		slice *= 2; /* a slow answer must not be asked for again and again */
		left = deadline - civil_monotonic_ms();
	} while (kafka_conf_passes(err) && left > 0 && !read_trouble(rk).refused);
	if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
		end_trouble(rk);
	return err;
}

int kafka_conf_partitions(rd_kafka_t *rk, const char *topic, const char *right, int timeout_ms,
			  int *ret, struct fault *f)
{
	const struct rd_kafka_metadata *metadata = NULL;
	rd_kafka_topic_t *handle = rd_kafka_topic_new(rk, topic, NULL);

	if (!handle)
		return kafka_conf_fault(rk, topic, rd_kafka_last_error(), right, f);
	rd_kafka_resp_err_t err = kafka_conf_metadata(rk, handle, timeout_ms, &metadata);
	if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
		err = metadata->topics[0].err;
	int count = err == RD_KAFKA_RESP_ERR_NO_ERROR ? metadata->topics[0].partition_cnt : 0;
	rd_kafka_metadata_destroy(metadata);
	rd_kafka_topic_destroy(handle);
	if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
		return kafka_conf_fault(rk, topic, err, right, f);
	*ret = count;
	return 0;
}

rd_kafka_resp_err_t kafka_conf_end(rd_kafka_t *rk, const char *topic, int partition, int64_t end,
				   int timeout_ms, int64_t *ret)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_t *asked = rd_kafka_topic_partition_list_add(list, topic,
									      partition);

	asked->offset = end;
	rd_kafka_resp_err_t err = rd_kafka_offsets_for_times(rk, list, timeout_ms);
	if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
		err = asked->err;
	*ret = asked->offset;
	rd_kafka_topic_partition_list_destroy(list);
	return err;
}
