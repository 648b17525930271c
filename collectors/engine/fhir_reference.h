/*
 * fhir_reference: what a FHIR R4 resource is called by others (References, R4 section 2.3; Bundle
 * section 2.36.4), in a form in which name and reference are the same text:
 *	Patient/123			relative or absolute, whatever the server, without version
 *	urn:uuid:..			the entry's own in a Bundle; of a resource whose id is a UUID
 *	https://system|value		by identifier: `Type?identifier=system|value`, or in Reference.identifier
 */
#ifndef COLLECTORS_ENGINE_FHIR_REFERENCE_H
#define COLLECTORS_ENGINE_FHIR_REFERENCE_H

#include <jansson.h>

#include "common/buf.h"
#include "common/text.h"

/* Part of the text of a reference; blank when it leads nowhere outside the record ("#it"). */
struct span fhir_reference_key(struct span reference);

typedef void fhir_reference_fn(void *of, const char *name);
/* Every name of a resource; `entry` is that of its Bundle, or the resource itself. */
void fhir_reference_names(const json_t *entry, const json_t *resource, fhir_reference_fn *each,
			  void *of);
/* What a Reference asks for. */
void fhir_reference_asked(const json_t *reference, fhir_reference_fn *each, void *of);

#endif
