/*
 * year_mappings: files of the source tree as read-only data. The assembler looks for them from
 * the root of the tree (demo/CMakeLists.txt).
 */
#include "demo/year_mappings.h"

#define EMBED(name, path)                                                                         \
	__asm__(".pushsection .rodata\n" #name ": .incbin \"" path "\"\n" #name "_end: .byte 0\n" \
		".popsection\n");                                                                 \
	extern const char name[], name##_end[];

EMBED(year_mapping_telefon, "collectors/telefon/halland-demo/mapping.yaml")
EMBED(year_mapping_video, "collectors/video/halland-demo/mapping.yaml")
EMBED(year_mapping_skriftlig, "collectors/skriftlig/halland-demo/mapping.yaml")

struct span year_mappings_text(enum year_source s)
{
	static const struct {
		const char *from, *to;
	} text[YEAR_SOURCES] = {
		[YEAR_TELEFON] = {year_mapping_telefon, year_mapping_telefon_end},
		[YEAR_VIDEO] = {year_mapping_video, year_mapping_video_end},
		[YEAR_SKRIFTLIG] = {year_mapping_skriftlig, year_mapping_skriftlig_end},
	};

	return (struct span){text[s].from, (size_t)(text[s].to - text[s].from)};
}
