/*
 * loader: what a mapping's YAML must be like, each rule once. The first mistake is told, with its
 * place; what is loaded after it does not matter.
 */
#include "collectors/engine/mapping_model.h"

#include <stdarg.h>

void loader_refuse(struct loader *l, const struct yaml_node *at, const char *format, ...)
{
	char text[512];
	va_list ap;

	if (l->rc < 0)
		return;
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	l->rc = yaml_fault(l->m->yaml, at, l->f, "%s", text);
}

static bool is_kind(struct loader *l, const struct yaml_node *node, enum yaml_kind kind)
{
	if (l->rc == 0)
		l->rc = yaml_expect(l->m->yaml, node, kind, l->f);
	return l->rc == 0;
}

bool loader_text(struct loader *l, const struct yaml_node *node)
{
	return is_kind(l, node, YAML_SCALAR);
}

bool loader_list(struct loader *l, const struct yaml_node *node)
{
	return is_kind(l, node, YAML_LIST);
}

bool loader_map(struct loader *l, const struct yaml_node *node, const char *const *keys)
{
	if (is_kind(l, node, YAML_MAP) && keys)
		l->rc = yaml_map_check(l->m->yaml, node, keys, l->f);
	return l->rc == 0;
}

const struct yaml_node *loader_need(struct loader *l, const struct yaml_node *map, const char *key)
{
	const struct yaml_node *node = l->rc == 0 ? yaml_get(map, key) : NULL;

	if (!node)
		loader_refuse(l, map, "%s is missing", key);
	return node;
}

const char *loader_need_text(struct loader *l, const struct yaml_node *map, const char *key)
{
	const struct yaml_node *node = loader_need(l, map, key);

	if (!node || !loader_text(l, node))
		return NULL;
	if (node->text[0] == '\0')
		loader_refuse(l, node, "%s is blank", key);
	return l->rc == 0 ? node->text : NULL;
}

unsigned loader_choose(struct loader *l, const struct yaml_node *node, const char *const *choice)
{
	struct buf known = {0};
	unsigned i = 0;

	if (!loader_text(l, node))
		return 0;
	for (; choice[i] && strcmp(choice[i], node->text) != 0; i++)
		buf_addf(&known, "%s%s", i > 0 ? ", " : "", choice[i]);
	if (!choice[i])
		loader_refuse(l, node, "'%s' is not one of: %s", node->text, buf_text(&known));
	buf_release(&known);
	return l->rc == 0 ? i : 0;
}
