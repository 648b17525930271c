/*
 * identity: the privacy boundary. Personnummer and the like are read strictly, give up sex and
 * date of birth, and are forgotten; the source's identity of a contact becomes 12 bytes of a keyed
 * MAC. Nothing here keeps a value, and copies are wiped.
 *
 * Sources: folkbokföringslagen (1991:481) 18 § (personnummer, the check digit), 18 a § and lag
 * (2022:1697) om samordningsnummer (day + 60).
 */
#ifndef COLLECTORS_ENGINE_IDENTITY_H
#define COLLECTORS_ENGINE_IDENTITY_H

#include "common/digest.h"
#include "common/text.h"
#include "proto/event.h"

#define IDENTITY_ID_MAX 128 /* bytes of a source's identity of a contact */
/* A source is stopped (PNR_LEAK) when more than 20 % of at least 20 ids hold a personnummer. */
#define IDENTITY_ID_SAMPLE  20
#define IDENTITY_ID_PERCENT 20

enum identity_kind {
	IDENTITY_NONE, /* not one: wrong form, date or check digit */
	IDENTITY_PERSONNUMMER,
	IDENTITY_SAMORDNINGSNUMMER,
	IDENTITY_RESERVNUMMER, /* letters in the last four: a local number, silent on sex */
};

struct identity {
	enum identity_kind kind;
	uint8_t kon;       /* CODES_KON; KON_OKANT where the number does not tell */
	int32_t birth_day; /* days since 1900-01-01, may be negative */
};

/*
 * 10 or 12 digits, with `-` or `+` before the last four or without. Of ten digits the century is:
 * with `+` the latest year at least 100 before that of `today` (written from the year in which
 * a person turns 100); otherwise the latest that puts the birth not after `contact_day`.
 */
struct identity identity_read(struct span text, int32_t contact_day, int32_t today);
/* True when a personnummer or samordningsnummer with a right check digit stands in the text. */
bool identity_leaks(struct span text);
/* The same for anything of that shape, right or wrong: must not be shown to anybody. */
bool identity_resembles(struct span text);

/* id = HMAC("kontakt.id/1" | source | the source's identity), first 12 bytes. */
void identity_contact_id(struct digest_mac *key, const char *source, struct span id,
			 uint8_t ret[EVENT_ID_BYTES]);
/* HMAC("kontakt.key/1"), first 4 bytes. */
void identity_fingerprint(struct digest_mac *key, uint8_t ret[4]);

#endif
