/*
 * codes: every enumeration of the domain once: number on the wire and in the vector, wire name
 * (what mappings, files and JSON say), Swedish and English label, national code where there is one.
 * Number 0 is "not stated" in every list and is no row. Sources: Socialstyrelsens termbank, SKR
 * "Informationsmodell Tillgänglighet specialiserad vård" 1.1 (kodVÅRDKONTAKTSTYP and others).
 * Numbers and names are for life: rows are added, never changed.
 */
#ifndef PROTO_CODES_H
#define PROTO_CODES_H

#include "common/base.h"
#include "common/text.h"

/* clang-format off */
/*   list          name for people  Swedish title */
#define CODES_LISTS_X(X)                                                                           \
	X(KANAL,        "kanal",         "Kanal")                                                   \
	X(FORM,         "form",          "Form av kontakt")                                         \
	X(STATUS,       "status",        "Vårdkontaktstatus")                                       \
	X(VARDFORM,     "vardform",      "Vårdform")                                                \
	X(JUDGEMENT,    "judgement",     "Bedömning")                                               \
	X(YES_NO,       "yes_no",        "Ja eller nej")                                            \
	X(KON,          "kon",           "Juridiskt kön")                                           \
	X(AGE_GROUP,    "age_group",     "Åldersgrupp")                                             \
	X(PROFESSION,   "profession",    "Yrkesgrupp")                                              \
	X(BOOKING,      "booking",       "Bokningssätt")                                            \
	X(CARE_EVENT,   "care_event",    "Fas")                                                     \
	X(GUARANTEE,    "guarantee",     "Vårdgaranti")                                             \
	X(DEVIATION,    "deviation",     "Avvikelse")                                               \
	X(OWNERSHIP,    "ownership",     "Ägarform")                                                \
	X(CARE_LEVEL,   "care_level",    "Vårdnivå")                                                \
	X(INITIATOR,    "initiator",     "Initierad av")                                            \
	X(PLATFORM,     "platform",      "Plattform")                                               \
	X(VERSION_KIND, "version_kind",  "Versionens ursprung")                                     \
	X(OP,           "op",            "Händelse")                                                \
	X(PHASE,        "phase",         "Leveransens fas")
/* clang-format on */

enum codes_list {
#define X(list, name, sv) CODES_##list,
	CODES_LISTS_X(X)
#undef X
		CODES_LISTS,
};

/* Numbers that code refers to by name; the table in codes.c gives the rest. */
enum { KANAL_TELEFON = 1, KANAL_VIDEO, KANAL_SKRIFTLIG, KANAL_EJ_SPECIFICERAD, KANAL_FYSISK };
enum { STATUS_COMPLETED = 4, STATUS_NULLIFIED = 8 };
enum { VARDFORM_OPPEN = 1, VARDFORM_SLUTEN };
enum { JUDGEMENT_JA = 1, JUDGEMENT_NEJ, JUDGEMENT_ANTAGET, JUDGEMENT_OKANT };
enum { YES_NO_JA = 1, YES_NO_NEJ };
enum { KON_MAN = 1, KON_KVINNA, KON_OKANT };
enum { VERSION_KIND_FIELD = 1, VERSION_KIND_FILENAME, VERSION_KIND_MTIME, VERSION_KIND_CONSTANT };
enum { OP_UPSERT = 1, OP_RETRACT };
enum { PHASE_OPENING = 1, PHASE_CLOSING, PHASE_QUARANTINED };
enum { AGE_GROUP_UNKNOWN = 6 };

#define CODES_NUMBER_MAX 31

struct code {
	enum codes_list list;
	uint8_t number;
	const char *name; /* ASCII, [a-z0-9_+-] */
	const char *sv, *en;
	const char *national; /* code of the national list, or NULL */
	uint8_t kanal;        /* CODES_FORM: the kanal that the form belongs to; otherwise 0 */
};

/* Rows of a list in the order of the table; *ret_count of them. Static storage. */
const struct code *codes_rows(enum codes_list list, size_t *ret_count);
/* NULL when there is none. */
const struct code *codes_by_name(enum codes_list list, struct span name);
const struct code *codes_by_number(enum codes_list list, unsigned number);
/* Wire name of a number, "" for 0 (not stated); BUG for an unknown number. */
const char *codes_name(enum codes_list list, unsigned number);
/* Name of the list itself: "kanal". */
const char *codes_list_name(enum codes_list list);
const char *codes_list_title(enum codes_list list);

/* The form that says nothing but its kanal ("skriftlig", "fysisk", "telefon"). */
uint8_t codes_form_of_kanal(unsigned kanal);
/* Age group of an age in completed years (0-125); AGE_GROUP_UNKNOWN for a negative one. */
uint8_t codes_age_group(int age);

/* Index 1..290 of a municipality code (SCB, 4 digits as a number), 0 for 0 ("saknas"); -1 unknown. */
int codes_municipality_index(unsigned code);
/* And back; 0 for 0. */
unsigned codes_municipality(unsigned index);

#endif
