/*
 * cluster: which Kafka, which topic. Owns DIR/kafka/topic. Removes no topic whose name it did not draw.
 */
#include "demo/cluster.h"

#include <sys/stat.h>

#include "common/atomic_file.h"
#include "common/buf.h"
#include "common/digest.h"
#include "common/kafka_admin.h"
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

static void add(struct cluster *c, const char *name, const char *value)
{
	struct option_list *k = &c->properties;
	size_t cap = k->count;

	k->item = base_grow(k->item, &cap, k->count + 2, sizeof(char *));
	k->item[k->count++] = base_strdup(name);
	k->item[k->count++] = base_strdup(value);
}

int cluster_address(struct cluster *c, const char *address, struct fault *f)
{
	if (strlen(address) >= sizeof(c->address))
		return fault_set(f, FAULT_CONFIG, "the list of Kafka brokers is too long");
	(void)snprintf(c->address, sizeof(c->address), "%s", address);
	add(c, "bootstrap.servers", address);
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

int cluster_foreign(struct cluster *c, const char *dir, const char *address,
		    const struct option_list *properties, struct fault *f)
{
	c->foreign = true;
	int there = cluster_address(c, address, f);
	if (there < 0)
		return there;
	for (size_t i = 0; i + 1 < properties->count; i += 2)
		add(c, properties->item[i], properties->item[i + 1]);
	there = read_topic(c, dir, f);
	if (there == 0)
		return draw_topic(c, dir, f);
	return there < 0 ? there : 0;
}

void cluster_words(const struct cluster *c, struct stage_words *w)
{
	const char *const word[] = {"--kafka", c->address, "--topic", c->topic, NULL};

	stage_words_add(w, word);
	for (size_t i = 2; i + 1 < c->properties.count; i += 2) {
		struct buf pair = {0};
		buf_addf(&pair, "%s=%s", c->properties.item[i], c->properties.item[i + 1]);
		stage_word(w, "--kafka-property");
		stage_word(w, buf_text(&pair));
		buf_release(&pair);
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
	kafka_admin_release(&c->properties);
}
