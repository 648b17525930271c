/*
 * fhir_reference: names and references as texts. Pure.
 */
#include "collectors/engine/fhir_reference.h"

#include "collectors/engine/json_value.h"

#define CONDITION "?identifier="
#define HISTORY   "/_history/"
#define UUID_LEN  36

static const char *find(struct span s, const char *text)
{
	return s.len == 0 ? NULL : memmem(s.data, s.len, text, strlen(text));
}

static struct span after(struct span s, const char *at)
{
	return (struct span){at, (size_t)(s.data + s.len - at)};
}

struct span fhir_reference_key(struct span s)
{
	const char *condition = find(s, CONDITION), *history = find(s, HISTORY);

	if (s.len == 0 || s.data[0] == '#')
		return (struct span){"", 0};
	if (condition)
		return after(s, condition + strlen(CONDITION));
	if (history)
		s.len = (size_t)(history - s.data);
	const char *id = memrchr(s.data, '/', s.len);
	if (!id)
		return s;
	const char *type = memrchr(s.data, '/', (size_t)(id - s.data));
	return type ? after(s, type + 1) : s;
}

static void tell_key(const char *reference, fhir_reference_fn *each, void *of)
{
	struct span key = fhir_reference_key(span_of(reference));
	char *text = base_strndup(key.data, key.len);

	if (key.len > 0)
		each(of, text);
	free(text);
}

static void tell_identifier(const json_t *identifier, fhir_reference_fn *each, void *of)
{
	const char *value = json_value_member(identifier, "value");
	const char *system = json_value_member(identifier, "system");
	struct buf name = {0};

	if (*value && *system)
		buf_addf(&name, "%s|", system);
	buf_adds(&name, value);
	if (*value)
		each(of, buf_text(&name));
	buf_release(&name);
}

void fhir_reference_names(const json_t *entry, const json_t *resource, fhir_reference_fn *each,
			  void *of)
{
	const char *id = json_value_member(resource, "id");
	const json_t *identifier = json_object_get(resource, "identifier");
	struct buf name = {0};

	buf_addf(&name, "%s/%s", json_value_member(resource, "resourceType"), id);
	if (*id)
		each(of, buf_text(&name));
	buf_reset(&name);
	buf_addf(&name, "urn:uuid:%s", id);
	if (strlen(id) == UUID_LEN)
		each(of, buf_text(&name));
	tell_key(json_value_member(entry, "fullUrl"), each, of);
	for (size_t i = 0; i < json_array_size(identifier); i++)
		tell_identifier(json_array_get(identifier, i), each, of);
	buf_release(&name);
}

void fhir_reference_asked(const json_t *reference, fhir_reference_fn *each, void *of)
{
	tell_key(json_value_member(reference, "reference"), each, of);
	tell_identifier(json_object_get(reference, "identifier"), each, of);
}
