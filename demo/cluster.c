/*
 * cluster: which Kafka, which topic. Owns DIR/kafka/topic. Removes no topic whose name it did not draw.
 */
#include "demo/cluster.h"

#include <sys/stat.h>
#include <unistd.h>

#include "common/atomic_file.h"
#include "common/buf.h"
#include "common/digest.h"
#include "common/json.h"
#include "common/kafka_admin.h"
#include "common/pairs.h"
#include "common/text.h"

#define PREFIX       "kontaktpuls-try."
#define CHANCE_BYTES 8

static char *path_in(const char *dir, const char *name)
{
	struct buf path = {0};

	buf_addf(&path, "%s/kafka/%s", dir, name);
	return buf_detach(&path);
}

/* Reads c->topic; 1 when the file is there, 0 otherwise. */
static int read_topic(struct cluster *c, const char *dir, struct fault *f)
{
	struct buf text = {0};
	char *path = path_in(dir, "topic");
	int there = buf_read_file(&text, path, ROUTE_TOPIC_MAX, f);

	if (there == FAULT_NOINPUT)
		there = 0;
	else if (there == 0)
		there = 1;
	if (there == 1)
		(void)snprintf(c->topic, sizeof(c->topic), "%s", buf_text(&text));
	if (there == 1 && strncmp(c->topic, PREFIX, strlen(PREFIX)) != 0)
		there = fault_set(f, FAULT_CONFIG, "%s: not the name of a topic of a trial", path);
	buf_release(&text);
	free(path);
	return there;
}

static int draw_topic(struct cluster *c, const char *dir, struct fault *f)
{
	uint8_t chance[CHANCE_BYTES];
	char hex[2 * CHANCE_BYTES + 1];
	char *filled = path_in(dir, "broker.log"), *path = path_in(dir, "topic");
	struct stat st;
	int failed;

	digest_random(chance, sizeof(chance));
	text_hex(chance, sizeof(chance), hex);
	(void)snprintf(c->topic, sizeof(c->topic), PREFIX "%s", hex);
	if (stat(filled, &st) == 0)
		failed = fault_set(f, FAULT_CONFIG,
				   "the records of %s stand in its embedded broker: leave out "
				   "--kafka, or take another directory",
				   dir);
	else
		failed = atomic_file_write(path, 0644, c->topic, strlen(c->topic), f);
	free(filled);
	free(path);
	return failed;
}

int cluster_address(struct cluster *c, const char *address, struct fault *f)
{
	if (strlen(address) >= sizeof(c->address))
		return fault_set(f, FAULT_CONFIG, "the list of Kafka brokers is too long");
	(void)snprintf(c->address, sizeof(c->address), "%s", address);
	pairs_add(&c->properties, "bootstrap.servers", address);
	return 0;
}

int cluster_embedded(struct cluster *c, const char *dir, struct fault *f)
{
	const int there = read_topic(c, dir, f);

	if (there == 1)
		return fault_set(f, FAULT_CONFIG,
				 "the records of %s stand in topic %s of a Kafka: say which, with "
				 "--kafka",
				 dir, c->topic);
	(void)snprintf(c->topic, sizeof(c->topic), "%s", ROUTE_TOPIC);
	return there;
}

/* For programs of ours: on their command lines everybody could read a password. JSON is YAML. */
static int write_config(struct cluster *c, const char *dir, const struct option_list *properties,
			struct fault *f)
{
	struct buf text = {0};
	struct json j;

	c->config = path_in(dir, "egenskaper.yaml");
	json_init(&j, &text);
	json_object(&j, true);
	json_key(&j, "kafka-property");
	json_object(&j, true);
	for (size_t i = 0; i + 1 < properties->count; i += 2)
		json_key_text(&j, properties->item[i], properties->item[i + 1]);
	json_close(&j);
	json_close(&j);
	buf_addc(&text, '\n');
	int failed = atomic_file_write(c->config, 0600, text.data, text.len, f);
	explicit_bzero(text.data, text.len);
	buf_release(&text);
	return failed;
}

int cluster_foreign(struct cluster *c, const char *dir, const char *address,
		    const struct option_list *properties, struct fault *f)
{
	c->foreign = true;
	int there = cluster_address(c, address, f);
	if (there < 0)
		return there;
	pairs_add_all(&c->properties, properties);
	there = read_topic(c, dir, f);
	if (there == 0)
		there = draw_topic(c, dir, f);
	if (there >= 0 && properties->count > 0)
		there = write_config(c, dir, properties, f);
	return there < 0 ? there : 0;
}

void cluster_words(const struct cluster *c, struct stage_words *w)
{
	const char *const word[] = {"--kafka", c->address, "--topic", c->topic, NULL};

	stage_words_add(w, word);
	if (c->config) {
		stage_word(w, "--config");
		stage_word(w, c->config);
	}
}

int cluster_remove_topics(struct cluster *c, struct fault *f)
{
	char dlq[ROUTE_TOPIC_MAX + 8];
	struct kafka_admin *a = NULL;

	route_dlq(c->topic, dlq);
	int failed = kafka_admin_new(&c->properties, &a, f);
	if (failed == 0)
		failed = kafka_admin_remove(a, c->topic, f);
	if (failed == 0)
		failed = kafka_admin_remove(a, dlq, f);
	kafka_admin_free(a);
	if (failed)
		fault_prefix(f, "remove topics %s and %s yourself", c->topic, dlq);
	return failed;
}

void cluster_release(struct cluster *c)
{
	pairs_release(&c->properties);
	if (c->config)
		(void)unlink(c->config);
	free(c->config);
}
