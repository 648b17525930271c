/*
 * fold: the counting itself. Does no I/O and reads no clock.
 */
#include "aggregator/fold.h"

#include <inttypes.h>

#include "proto/leverans.h"
#include "proto/route.h"

struct fold_effects fold_dead(enum reason reason, const char *field)
{
	return (struct fold_effects){.stat = KEYS_STAT_DEAD, .reason = reason, .field = field};
}

/* The text that the event's unit is counted under. */
static const char *unit_of(const struct event *e)
{
	return e->contact.unit[0] != '\0' ? e->contact.unit : FOLD_BLANK_UNIT;
}

/* The number of a text, or the one that it would get. False when it would get none. */
static bool number_of(const struct dictionary *d, const char *text, uint16_t *ret, bool *ret_new)
{
	const uint32_t number = dictionary_find(d, text);

	*ret_new = number == DICTIONARY_NONE;
	*ret = (uint16_t)(*ret_new ? d->count : number);
	return !(*ret_new && dictionary_full(d));
}

static const char *klass_text_of(const struct event *e, char out[KLASS_TEXT_MAX + 1])
{
	const struct klass k = klass_of(e);

	klass_text(&k, out);
	return out;
}

/*
 * The event's vector. Texts that are new get their numbers only if the vector is written: until
 * then no slot has these numbers, so that a comparison of attributes is right.
 */
static bool vector_for(const struct state *s, const struct event *e, const struct memo_entry *late,
		       struct fold_effects *x)
{
	uint16_t unit = 0, klass = late != NULL ? (uint16_t)late->klass : 0;
	bool new_unit;

	if (e->op == OP_UPSERT) {
		if (!number_of(&s->units, unit_of(e), &unit, &new_unit))
			return false;
		x->unit = new_unit ? unit_of(e) : NULL;
	}
	if (e->op == OP_UPSERT && late == NULL) {
		char text[KLASS_TEXT_MAX + 1];

		if (!number_of(&s->klasses, klass_text_of(e, text), &klass, &x->klass))
			return false;
	}
	x->vector = vector_of(e, unit, klass);
	return true;
}

static struct fold_effects fold_contact(const struct state *s, const struct event *e,
					const struct memo_entry *late, bool pin)
{
	struct fold_effects x = {.stat = KEYS_STAT_APPLIED,
				 .field = "",
				 .put = true,
				 .pin = pin,
				 .keep = late == NULL};

	if (!vector_for(s, e, late, &x))
		return fold_dead(REASON_DICT_FULL, "");
	x.slot = contacts_find(&s->contacts, e->id);
	if (x.slot == CONTACTS_NONE) {
		x.note = e->op == OP_RETRACT ? REASON_RETRACT_UNSEEN : REASON_NONE;
		return x;
	}

	const struct vector *old = &s->contacts.slot[x.slot];
	const bool equal = memcmp(old->attribute, x.vector.attribute, VECTOR_ATTRIBUTES) == 0;

	if (e->version > vector_version(old)) {
		x.stat = equal ? KEYS_STAT_UNCHANGED : KEYS_STAT_APPLIED;
		return x;
	}
	x.put = false;
	if (e->version < vector_version(old)) {
		x.stat = KEYS_STAT_STALE;
	} else if (equal) {
		x.stat = KEYS_STAT_DUPLICATE;
	} else {
		x.stat = KEYS_STAT_CONFLICT;
		x.reason = REASON_VERSION_CONFLICT;
	}
	return x;
}

/* An opening never takes the place of what came later in the delivery's life. */
static bool keep_delivery(const struct state *s, const struct event *e)
{
	char field[40];

	if (route_partition(e->id, s->partitions) != s->partition)
		return false;
	leverans_field(e->id, field);
	return e->leverans.phase != PHASE_OPENING || ledger_get(&s->ledger, field) == NULL;
}

/* What the source's pin says against this event. */
static struct fold_effects fold_pin(const char *pin, const char *event)
{
	const size_t key = strcspn(pin, ";");

	if (strncmp(pin, event, key + 1) != 0)
		return fold_dead(REASON_KEY_EPOCH, "fingerprint");
	return fold_dead(REASON_VERSION_KIND, "version_kind");
}

struct fold_effects fold(const struct state *s, const struct event *e)
{
	const struct memo_entry *late = memo_find(&s->memo, e);
	if (late != NULL && e->body == EVENT_CONTACT)
		return fold_contact(s, e, late, false);

	char field[40], pin[LEVERANS_PIN_MAX];

	leverans_pin_field(e->source, field);
	leverans_pin(e, pin);
	const char *pinned = ledger_get(&s->ledger, field);
	if (pinned != NULL && strcmp(pinned, pin) != 0)
		return fold_pin(pinned, pin);

	switch (e->body) {
	case EVENT_CONTACT: return fold_contact(s, e, NULL, pinned == NULL);
	case EVENT_LEVERANS:
		return (struct fold_effects){
			.stat = KEYS_STAT_LEVERANS,
			.field = "",
			.pin = pinned == NULL,
			.deliver = keep_delivery(s, e),
		};
	case EVENT_CONTROL:
	case EVENT_NO_BODY: break;
	}
	BUG("ingest_event() lets no other body through");
}

static void apply_pin(struct state *s, const struct event *e)
{
	char field[40], pin[LEVERANS_PIN_MAX];

	leverans_pin_field(e->source, field);
	leverans_pin(e, pin);
	state_note(s, field, pin);
}

static void apply_note(struct state *s, enum reason note)
{
	char field[40], text[24];
	uint64_t count = 0;

	leverans_note_field(note, field);
	const char *before = ledger_get(&s->ledger, field);
	if (before != NULL && !text_u64(span_of(before), INT64_MAX, &count))
		BUG("load() lets no other text through");
	(void)snprintf(text, sizeof(text), "%" PRIu64, count + 1);
	state_note(s, field, text);
}

static void apply_delivery(struct state *s, const struct event *e)
{
	char field[40];
	struct buf text = {0};

	leverans_field(e->id, field);
	leverans_text(e, &text);
	state_note(s, field, buf_text(&text));
	buf_release(&text);
}

void fold_apply(struct state *s, const struct event *e, const struct fold_effects *x,
		uint64_t probe)
{
	if (x->put) {
		char text[KLASS_TEXT_MAX + 1];

		if (x->unit != NULL)
			(void)state_name(s, KEYS_U, x->unit);
		if (x->klass)
			(void)state_name(s, KEYS_K, klass_text_of(e, text));
		state_put(s, x->slot, &x->vector);
		if (x->keep)
			memo_keep(&s->memo, e, vector_get(&x->vector, VECTOR_KLASS));
	}
	if (x->pin)
		apply_pin(s, e);
	if (x->note != REASON_NONE)
		apply_note(s, x->note);
	if (x->deliver)
		apply_delivery(s, e);
	state_count(s, x->stat, x->reason, probe);
}
