/*
 * year_mappings: files of the source tree as read-only data (demo/CMakeLists.txt embeds them).
 */
#include "demo/year_mappings.h"

extern const char year_mapping_telefon[], year_mapping_video[], year_mapping_skriftlig[];

struct span year_mappings_text(enum year_source s)
{
	static const char *const text[YEAR_SOURCES] = {
		[YEAR_TELEFON] = year_mapping_telefon,
		[YEAR_VIDEO] = year_mapping_video,
		[YEAR_SKRIFTLIG] = year_mapping_skriftlig,
	};

	return span_of(text[s]);
}
