/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

/* Parameters of publishing in a text, such as the argument of a command-line option. */

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>

#include "rte_seqstat_publish.h"
#include "seqstat_control.h"

#define KEYS "period, history, mode, group, per-lcore, keep, any-fs"

enum { PERIOD, HISTORY, MODE, GROUP, PER_LCORE, KEEP, ANY_FS };

static const struct {
	const char *name, *expects;
	uint32_t flag;
	int base; /**< Base of the number; 0: the value is no number. */
	uint64_t max;
} keys[] = {
	[PERIOD] = { "period", "1 to 3600000 milliseconds", 0, 10, 3600 * 1000 },
	[HISTORY] = { "history", "1 to 1000000 megabytes", 0, 10, 1000 * 1000 },
	[MODE] = { "mode", "octal permissions", 0, 8, 0777 },
	[GROUP] = { "group", "the name of a group", RTE_SEQSTAT_PUBLISH_GROUP, 0, 0 },
	[PER_LCORE] = { "per-lcore", "no value", RTE_SEQSTAT_PUBLISH_PER_WRITER, 0, 0 },
	[KEEP] = { "keep", "no value", RTE_SEQSTAT_PUBLISH_KEEP, 0, 0 },
	[ANY_FS] = { "any-fs", "no value", RTE_SEQSTAT_PUBLISH_ANY_FS, 0, 0 },
};

/** Parse the value of a key as a number or a group. Returns whether the value is valid. */
static bool
value_parse(unsigned int key, const char *value, uint64_t *number)
{
	struct group group, *found = NULL;
	char mem[16384], *end;

	if (key == GROUP && value != NULL &&
			getgrnam_r(value, &group, mem, sizeof(mem), &found) != 0)
		return false;
	if (found != NULL)
		*number = found->gr_gid;
	if (keys[key].base == 0)
		return key == GROUP ? found != NULL : value == NULL;
	/* strtoull() would skip blanks and accept signs. */
	if (value == NULL || *value < '0' || *value > '9')
		return false;
	*number = strtoull(value, &end, keys[key].base);

	return *end == '\0' && *number > 0 && *number <= keys[key].max;
}

/** Apply "key" or "key=value" to parameters. Returns 0, or -EINVAL after logging why. */
static int
arg_enter(struct rte_seqstat_publish_params *params, char *value)
{
	const char *name = strsep(&value, "=");
	unsigned int key = 0;
	uint64_t number = 0;

	while (key < RTE_DIM(keys) && strcmp(name, keys[key].name) != 0)
		key++;
	if (key == RTE_DIM(keys) || !value_parse(key, value, &number)) {
		SEQSTAT_LOG(ERR, "'%s': expected %s", name, key < RTE_DIM(keys) ?
			keys[key].expects : "one of " KEYS);
		return -EINVAL;
	}
	params->flags |= keys[key].flag;
	if (key == PERIOD)
		params->period_us = (uint32_t)number * 1000;
	else if (key == HISTORY)
		params->history_bytes = number * 1000 * 1000;
	else if (key == MODE)
		params->mode = (uint32_t)number;
	else if (key == GROUP)
		params->gid = (uint32_t)number;

	return 0;
}

RTE_EXPORT_EXPERIMENTAL_SYMBOL(rte_seqstat_publish_start_args, 26.11)
int
rte_seqstat_publish_start_args(const char *args)
{
	struct rte_seqstat_publish_params params = { .path = "" };
	char *copy = strdup(args == NULL ? "" : args), *rest = copy;
	int ret = 0;

	if (copy == NULL)
		return -ENOMEM;
	params.path = strsep(&rest, ",");
	while (rest != NULL && ret == 0)
		ret = arg_enter(&params, strsep(&rest, ","));
	if (ret == 0)
		ret = rte_seqstat_publish_start(&params);
	free(copy);

	return ret;
}
