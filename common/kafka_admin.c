/*
 * kafka_admin: requests of the Admin API, one at a time. Owns a client, which is a consumer that
 * consumes nothing: a producer's may make a topic by asking for it.
 */
#include "common/kafka_admin.h"

#include "common/civil.h"
#include "common/kafka_conf.h"
#include "common/loop.h"
#include "common/pairs.h"

#define ANSWER_MS 10000
#define LOOK_MS   20

struct kafka_admin {
	struct kafka_trouble trouble; /* first, so that the two have one address */
	rd_kafka_t *rk;
	rd_kafka_queue_t *queue; /* answers come here */
	bool mute;               /* it does not know the request, as the embedded broker does not */
};

int kafka_admin_new(const struct option_list *properties, struct kafka_admin **ret, struct fault *f)
{
	rd_kafka_conf_t *conf = NULL;
	struct kafka_admin *a = base_zalloc(1, sizeof(*a));
	int rc = kafka_conf_new(NULL, 0, properties, a, &conf, f);

	if (rc == 0)
		rc = kafka_conf_start(RD_KAFKA_CONSUMER, conf, &a->rk, f);
	if (rc < 0) {
		free(a);
		return rc;
	}
	a->queue = rd_kafka_queue_new(a->rk);
	*ret = a;
	return 0;
}

void kafka_admin_free(struct kafka_admin *a)
{
	if (!a)
		return;
	rd_kafka_queue_destroy(a->queue);
	rd_kafka_destroy(a->rk);
	free(a);
}

/* Errors that another configuration, there or here, mends. */
static const rd_kafka_resp_err_t mended[] = {
	RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE,       RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION,
	RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, RD_KAFKA_RESP_ERR_INVALID_CONFIG,
	RD_KAFKA_RESP_ERR_POLICY_VIOLATION,
};

struct deed {
	const char *what, *right; /* how it is called, and the right that it takes */
};

static const struct deed making = {"making topic", "Create"},
			 removing = {"removing topic", "Delete"},
			 settings_of = {"reading the settings of", "DescribeConfigs"},
			 topic_of = {"topic", "Describe"}, brokers_of = {"the", "Describe"};

static int refused(const struct kafka_admin *a, const struct deed *deed, const char *name,
		   rd_kafka_resp_err_t err, const char *text, struct fault *f)
{
	char hint[KAFKA_HINT_MAX];
	int kind = kafka_conf_judge(a->rk, err, deed->right, hint);

	for (size_t i = 0; i < ARRAY_SIZE(mended); i++)
		if (mended[i] == err)
			kind = FAULT_CONFIG;
	return fault_set(f, kind, "kafka: %s %s: %s: %s%s", deed->what, name,
			 rd_kafka_err2name(err), text ? text : rd_kafka_err2str(err), hint);
}

/* The answer to the one request under way, which the caller destroys; NULL after a fault. */
static rd_kafka_event_t *answer(struct kafka_admin *a, const struct deed *deed, const char *name,
				struct fault *f)
{
	/* librdkafka answers every request, if only that its time is out. */
	rd_kafka_event_t *e = rd_kafka_queue_poll(a->queue, -1);

	if (rd_kafka_event_error(e) == RD_KAFKA_RESP_ERR_NO_ERROR)
		return e;
	a->mute = rd_kafka_event_error(e) == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE;
	(void)refused(a, deed, name, rd_kafka_event_error(e), rd_kafka_event_error_string(e), f);
	rd_kafka_event_destroy(e);
	return NULL;
}

/* What the broker says about the one topic of an answer. */
static int outcome(const struct kafka_admin *a, const struct deed *deed,
		   const rd_kafka_topic_result_t **topic, struct fault *f)
{
	const rd_kafka_resp_err_t err = rd_kafka_topic_result_error(topic[0]);

	if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	return refused(a, deed, rd_kafka_topic_result_name(topic[0]), err,
		       rd_kafka_topic_result_error_string(topic[0]), f);
}

int kafka_admin_create(struct kafka_admin *a, const char *topic, int partitions, int replicas,
		       const struct option_list *settings, struct fault *f)
{
	char reason[512];
	rd_kafka_NewTopic_t *wanted = rd_kafka_NewTopic_new(topic, partitions, replicas, reason,
							    sizeof(reason));

	if (!wanted)
		return fault_set(f, FAULT_CONFIG, "kafka: %s %s: %s", making.what, topic, reason);
	for (size_t i = 0; i + 1 < settings->count; i += 2)
		(void)rd_kafka_NewTopic_set_config(wanted, settings->item[i],
						   settings->item[i + 1]);
	rd_kafka_CreateTopics(a->rk, &wanted, 1, NULL, a->queue);
	rd_kafka_NewTopic_destroy(wanted);
	rd_kafka_event_t *e = answer(a, &making, topic, f);
	if (!e)
		return f->kind;
	size_t count;
	int rc = outcome(
		a, &making,
		rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(e), &count),
		f);
	rd_kafka_event_destroy(e);
	return rc;
}

int kafka_admin_remove(struct kafka_admin *a, const char *topic, struct fault *f)
{
	rd_kafka_DeleteTopic_t *wanted = rd_kafka_DeleteTopic_new(topic);
	size_t count;

	rd_kafka_DeleteTopics(a->rk, &wanted, 1, NULL, a->queue);
	rd_kafka_DeleteTopic_destroy(wanted);
	rd_kafka_event_t *e = answer(a, &removing, topic, f);
	if (!e)
		return f->kind;
	const rd_kafka_topic_result_t **of = rd_kafka_DeleteTopics_result_topics(
		rd_kafka_event_DeleteTopics_result(e), &count);
	const bool gone = rd_kafka_topic_result_error(of[0]) ==
			  RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
	int rc = gone ? 0 : outcome(a, &removing, of, f);
	rd_kafka_event_destroy(e);
	return rc;
}

int kafka_admin_await(struct kafka_admin *a, const char *topic, int partitions, int timeout_ms,
		      struct fault *f)
{
	const int64_t deadline = civil_monotonic_ms() + timeout_ms;
	int64_t end;

	for (int i = 0; i < partitions;) {
		const rd_kafka_resp_err_t err = kafka_conf_end(a->rk, topic, i, RD_KAFKA_OFFSET_END,
							       ANSWER_MS, &end);
		if (err == RD_KAFKA_RESP_ERR_NO_ERROR)
			i++;
		else if (civil_monotonic_ms() >= deadline || loop_stopping())
			return fault_set(f, FAULT_UNAVAILABLE,
					 "kafka: partition %d of topic %s is not ready: %s", i,
					 topic, rd_kafka_err2str(err));
		else
			loop_pause(LOOK_MS);
	}
	return 0;
}

static void add_count(struct option_list *list, const char *name, int count)
{
	char digits[16];

	(void)snprintf(digits, sizeof(digits), "%d", count);
	pairs_add(list, name, digits);
}

static int describe(struct kafka_admin *a, rd_kafka_ResourceType_t type, const char *name,
		    struct option_list *ret, struct fault *f)
{
	size_t count;

	if (a->mute)
		return fault_set(
			f, FAULT_CONFIG,
			"kafka: this broker cannot be asked for settings: is it the embedded one?");
	rd_kafka_ConfigResource_t *wanted = rd_kafka_ConfigResource_new(type, name);
	rd_kafka_DescribeConfigs(a->rk, &wanted, 1, NULL, a->queue);
	rd_kafka_ConfigResource_destroy(wanted);
	rd_kafka_event_t *e = answer(a, &settings_of, name, f);
	if (!e)
		return f->kind;
	const rd_kafka_ConfigResource_t *found = rd_kafka_DescribeConfigs_result_resources(
		rd_kafka_event_DescribeConfigs_result(e), &count)[0];
	const rd_kafka_resp_err_t err = rd_kafka_ConfigResource_error(found);
	const rd_kafka_ConfigEntry_t **entry = rd_kafka_ConfigResource_configs(found, &count);
	for (size_t i = 0; err == RD_KAFKA_RESP_ERR_NO_ERROR && i < count; i++)
		pairs_add(ret, rd_kafka_ConfigEntry_name(entry[i]),
			  rd_kafka_ConfigEntry_value(entry[i]));
	int rc = err == RD_KAFKA_RESP_ERR_NO_ERROR
			 ? 1
			 : refused(a, &settings_of, name, err,
				   rd_kafka_ConfigResource_error_string(found), f);
	rd_kafka_event_destroy(e);
	return rc;
}

static int fewest_replicas(const rd_kafka_metadata_topic_t *topic)
{
	int fewest = topic->partition_cnt > 0 ? topic->partitions[0].replica_cnt : 0;

	for (int i = 1; i < topic->partition_cnt; i++)
		if (topic->partitions[i].replica_cnt < fewest)
			fewest = topic->partitions[i].replica_cnt;
	return fewest;
}

/* Partitions and replicas; 1, or 0 without the topic. */
static int shape(struct kafka_admin *a, const char *topic, struct option_list *ret, struct fault *f)
{
	const struct rd_kafka_metadata *metadata = NULL;
	rd_kafka_topic_t *handle = rd_kafka_topic_new(a->rk, topic, NULL);

	if (!handle)
		return refused(a, &topic_of, topic, rd_kafka_last_error(), NULL, f);
	rd_kafka_resp_err_t err = kafka_conf_metadata(a->rk, handle, ANSWER_MS, &metadata);
	rd_kafka_topic_destroy(handle);
	if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
		return refused(a, &topic_of, topic, err, NULL, f);
	err = metadata->topics[0].err;
	if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
		add_count(ret, "partitions", metadata->topics[0].partition_cnt);
		add_count(ret, "replicas", fewest_replicas(&metadata->topics[0]));
	}
	rd_kafka_metadata_destroy(metadata);
	if (err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
		return 0;
	return err == RD_KAFKA_RESP_ERR_NO_ERROR ? 1 : refused(a, &topic_of, topic, err, NULL, f);
}

int kafka_admin_topic(struct kafka_admin *a, const char *topic, struct option_list *ret,
		      struct fault *f)
{
	struct option_list ignored = {0};
	struct fault other;
	int rc = shape(a, topic, ret, f);

	if (rc == 1)
		rc = describe(a, RD_KAFKA_RESOURCE_TOPIC, topic, ret, f);
	/* For a topic of the embedded broker librdkafka 2.0.2 waits in vain, instead of saying so. */
	if (rc == FAULT_UNAVAILABLE && kafka_admin_broker(a, &ignored, &other) < 0 && a->mute)
		rc = describe(a, RD_KAFKA_RESOURCE_TOPIC, topic, ret, f);
	pairs_release(&ignored);
	return rc;
}

int kafka_admin_broker(struct kafka_admin *a, struct option_list *ret, struct fault *f)
{
	const struct rd_kafka_metadata *metadata = NULL;
	const rd_kafka_resp_err_t err = kafka_conf_metadata(a->rk, NULL, ANSWER_MS, &metadata);
	char first[16];

	if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
		return refused(a, &brokers_of, "brokers", err, NULL, f);
	add_count(ret, "brokers", metadata->broker_cnt);
	(void)snprintf(first, sizeof(first), "%d",
		       metadata->broker_cnt > 0 ? (int)metadata->brokers[0].id : -1);
	rd_kafka_metadata_destroy(metadata);
	return describe(a, RD_KAFKA_RESOURCE_BROKER, first, ret, f);
}
