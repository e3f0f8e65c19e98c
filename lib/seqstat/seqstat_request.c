/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_string_fns.h>

#include "seqstat_telemetry.h"

int
seqstat_request_parse(struct seqstat_request *req, const char *params, int min, int max)
{
	char *fields[SEQSTAT_MAX_PARAMS + 1];
	int i;

	if (params == NULL || params[0] == '\0' ||
			strlcpy(req->text, params, sizeof(req->text)) >= sizeof(req->text))
		return -EINVAL;
	/* Of "set," rte_strsplit() would not tell that the last parameter is empty. */
	if (params[strlen(params) - 1] == ',')
		return -EINVAL;
	req->n_params = rte_strsplit(req->text, (int)sizeof(req->text), fields,
			RTE_DIM(fields), ',');
	if (req->n_params < min || req->n_params > max)
		return -EINVAL;
	for (i = 0; i < req->n_params; i++)
		req->param[i] = fields[i];

	return 0;
}

int
seqstat_number_parse(const char *text, uint64_t limit, uint64_t *number)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	*number = strtoull(text, &end, 10);

	return errno == 0 && *end == '\0' && *number < limit ? 0 : -EINVAL;
}

int
seqstat_index_parse(const char *text, uint32_t limit, uint32_t *index)
{
	uint64_t number;
	int ret;

	ret = seqstat_number_parse(text, limit, &number);
	if (ret == 0)
		*index = (uint32_t)number;

	return ret;
}
