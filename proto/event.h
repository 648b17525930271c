/*
 * event: what a collector says and an aggregator believes. A plain value: fixed size, owns nothing,
 * copied with `=`. The envelope and one body. Full state, never a difference: UPSERT carries all
 * that is known of the contact, RETRACT says that it never was; the highest version wins.
 *
 * One table, EVENT_CONTACT_FIELDS, gives the members, the codec, the checks, what a mapping may
 * fill, and the reference page. Members of the .proto have the same names.
 *
 *	CODE	uint8_t, a number of a list in proto/codes; 0 = not stated
 *	NUM	int32_t, 0..max; -1 = not stated
 *	MS	int64_t, milliseconds since 1970 UTC; EVENT_NO_TIME = not stated
 *	TEXT	char[max + 1], UTF-8 without control characters; "" = not stated
 *	BYTES	uint8_t[n]; all zero = not stated
 */
#ifndef PROTO_EVENT_H
#define PROTO_EVENT_H

#include "common/base.h"
#include "proto/codes.h"
#include "proto/reasons.h"

#define EVENT_SCHEMA      1
#define EVENT_ID_BYTES    12
#define EVENT_SOURCE_MAX  32
#define EVENT_VERSION_MAX ((UINT64_C(1) << 48) - 1)
#define EVENT_NO_TIME     INT64_MIN
#define EVENT_VALUE_MAX   16384 /* bytes of an encoded event */

/* clang-format off */
/*   type  member            list, max or bytes   must  meaning */
#define EVENT_CONTACT_FIELDS(X)                                                                    \
	X(CODE,  kanal,            CODES_KANAL,         1, "channel")                                 \
	X(CODE,  form,             CODES_FORM,          0, "form within the channel (written form, kind of visit)") \
	X(CODE,  status,           CODES_STATUS,        1, "vårdkontaktstatus")                       \
	X(CODE,  vardform,         CODES_VARDFORM,      1, "outpatient or inpatient care")            \
	X(CODE,  qualified,        CODES_JUDGEMENT,     1, "kvalificerad hälso- och sjukvård (SKR rules 3-4)") \
	X(CODE,  replaces_visit,   CODES_JUDGEMENT,     1, "replaces or corresponds to a visit (SKR rules 1-2)") \
	X(CODE,  documented,       CODES_JUDGEMENT,     1, "documented in the journal (SKR rule 3)")  \
	X(CODE,  test,             CODES_YES_NO,        0, "a test record or test patient")           \
	X(CODE,  out_of_county,    CODES_YES_NO,        0, "utomläns")                                \
	X(NUM,   day,              65535,               1, "Swedish civil date of the contact, days since 1900-01-01") \
	X(NUM,   hour,             23,                  0, "Swedish local hour")                      \
	X(NUM,   minute,           59,                  0, "minute of the hour")                      \
	X(MS,    started_ms,       0,                   0, "start of the contact")                    \
	X(MS,    ended_ms,         0,                   0, "end of the contact")                      \
	X(MS,    decision_ms,      0,                   0, "beslut om vårdbegäran")                   \
	X(MS,    booked_ms,        0,                   0, "when the contact was booked")             \
	X(NUM,   decision_day,     65535,               0, "Swedish civil date of the decision")      \
	X(NUM,   booked_day,       65535,               0, "Swedish civil date of the booking")       \
	X(TEXT,  unit,             128,                 0, "enhet (HSA-id or the source's name); blank is counted as (tom)") \
	X(TEXT,  org_unit,         64,                  0, "unit below the vårdenhet")                \
	X(TEXT,  caregiver,        64,                  0, "vårdgivare (HSA-id)")                     \
	X(TEXT,  forvaltning,      32,                  0, "förvaltning as the source states it; the organisation table decides") \
	X(TEXT,  hospital_code,    6,                   0, "sjukhus, 5-6 digits")                     \
	X(TEXT,  mvo,              3,                   0, "medicinskt verksamhetsområde")            \
	X(TEXT,  activity_area,    32,                  0, "verksamhetstyp")                          \
	X(NUM,   region_code,      99,                  0, "regionkod, 42 = Halland")                 \
	X(CODE,  ownership,        CODES_OWNERSHIP,     0, "ägarform as the source states it")        \
	X(CODE,  care_level,       CODES_CARE_LEVEL,    0, "vårdnivå as the source states it")        \
	X(CODE,  synchronous,      CODES_YES_NO,        0, "written contact in real time")            \
	X(TEXT,  visit_type_local, 8,                   0, "besökstyp of the source")                 \
	X(TEXT,  kva,              23,                  0, "up to four KVÅ codes, one space between them") \
	X(CODE,  care_event,       CODES_CARE_EVENT,    0, "fas")                                     \
	X(CODE,  booking,          CODES_BOOKING,       0, "bokningssätt")                            \
	X(CODE,  guarantee,        CODES_GUARANTEE,     0, "under the vårdgaranti")                   \
	X(CODE,  deviation,        CODES_DEVIATION,     0, "avvikelse; not stated = none")            \
	X(CODE,  initiator,        CODES_INITIATOR,     0, "who took the initiative")                 \
	X(NUM,   participants,     255,                 0, "participants; the contact counts once")   \
	X(CODE,  via_platform,     CODES_PLATFORM,      0, "platform")                                \
	X(CODE,  profession,       CODES_PROFESSION,    0, "yrkesgrupp")                              \
	X(CODE,  kon,              CODES_KON,           1, "legal sex; unknown is okant, never blank") \
	X(NUM,   birth_year,       2079,                0, "year of birth")                           \
	X(NUM,   age,              125,                 0, "completed years at the contact")          \
	X(CODE,  age_assumed,      CODES_YES_NO,        0, "ja: age is the difference of years, for want of a birth date") \
	X(NUM,   municipality,     9999,                0, "folkbokföringskommun, SCB code; 0 = saknas") \
	X(TEXT,  listed_unit,      64,                  0, "unit where the patient is listed")        \
	X(CODE,  protected_person, CODES_YES_NO,        0, "skyddade personuppgifter; then municipality and person_key are absent") \
	X(BYTES, person_key,       16,                  0, "keyed pseudonym that changes every month")
/* clang-format on */

#define EVENT_MEMBER_CODE(member, max)  uint8_t member;
#define EVENT_MEMBER_NUM(member, max)   int32_t member;
#define EVENT_MEMBER_MS(member, max)    int64_t member;
#define EVENT_MEMBER_TEXT(member, max)  char member[(max) + 1];
#define EVENT_MEMBER_BYTES(member, max) uint8_t member[max];

struct contact {
#define X(type, member, max, must, text) EVENT_MEMBER_##type(member, max)
	EVENT_CONTACT_FIELDS(X)
#undef X
};

/* One delivery: a file. The envelope's id is the delivery's. Never counted in `sent`. */
struct leverans {
	uint8_t phase;                    /* CODES_PHASE */
	int32_t partition;                /* opening: the partition it was sent to; -1 otherwise */
	uint32_t reading;                 /* 1, 2, .. of this source and content */
	uint8_t sha256[32];               /* of the content */
	char name[129];                   /* of the file, without folder */
	uint64_t read, sent, not_contact; /* closing, quarantined */
	uint64_t rejected[REASONS_END];   /* records by reason; closing */
	uint8_t reason;                   /* quarantined: why (enum reason) */
};

enum event_body { EVENT_NO_BODY, EVENT_CONTACT, EVENT_LEVERANS, EVENT_CONTROL };

struct event {
	uint32_t schema;                   /* EVENT_SCHEMA */
	char source[EVENT_SOURCE_MAX + 1]; /* ^[a-z0-9_-]{1,32}$ */
	uint8_t fingerprint[4];            /* of the source's id key */
	uint8_t id[EVENT_ID_BYTES];
	uint64_t version;                    /* 0..EVENT_VERSION_MAX */
	uint8_t version_kind;                /* CODES_VERSION_KIND */
	uint8_t op;                          /* CODES_OP */
	int64_t produced_ms;                 /* the collector's clock; information only */
	uint8_t leverans_id[EVENT_ID_BYTES]; /* delivery that the record came in */
	enum event_body body;
	struct contact contact;   /* EVENT_CONTACT; for RETRACT nothing in it is used */
	struct leverans leverans; /* EVENT_LEVERANS */
};

enum event_type { EVENT_CODE, EVENT_NUM, EVENT_MS, EVENT_TEXT, EVENT_BYTES };

struct event_field {
	const char *name;
	enum event_type type;
	size_t offset; /* in struct contact */
	uint32_t max;  /* NUM: value; TEXT, BYTES: bytes; CODE: enum codes_list */
	bool must;
	const char *text;
};

/* The table as data. */
const struct event_field *event_fields(size_t *ret_count);
const struct event_field *event_field(struct span name);

/* An event with nothing stated: schema set, every field absent. */
void event_init(struct event *e);
/* The same but for `leverans`, which is left undefined: for an event that will have a contact. */
void event_init_contact(struct event *e);
/*
 * Whether an event may be counted: envelope, codes, ranges, texts, required fields, and fields that
 * contradict one another (form and kanal, UPSERT with status makulerad). REASON_NONE when it is
 * right; otherwise the reason, and *ret_field names the field. Pure; reads no clock.
 */
enum reason event_check(const struct event *e, const char **ret_field);
/* Field by field, whatever lies in unused bytes. */
bool event_equal(const struct event *a, const struct event *b);

#endif
