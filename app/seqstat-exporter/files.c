/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The seqstat authors
 */

#include "reading.h"

#include <dirent.h>

#define SUFFIX ".seqstat"

void
source_log(struct source *source, const char *problem)
{
	const char *last = source->problem;

	if (problem == last || (problem != NULL && last != NULL && strcmp(problem, last) == 0))
		return;
	log_line("%s: %s", source->shown, problem == NULL ? "all is well again" : problem);
	free(source->problem);
	source->problem = problem == NULL ? NULL : text_printable(problem);
}

static int
is_stat_file(const struct dirent *entry)
{
	return *entry->d_name != '.' && ends_with(entry->d_name, SUFFIX);
}

/** Note a path that exists or that the user named. */
static void
see(struct choice *choice, const char *path, bool in_folder)
{
	struct source *source = choice->sources;

	while (source < choice->sources + choice->n_sources && strcmp(source->path, path) != 0)
		source++;
	if (source == choice->sources + MAX_FILES) {
		if (!choice->full)
			log_line("more than %u files: the others are left out", MAX_FILES);
		choice->full = true;
		return;
	}
	if (source == choice->sources + choice->n_sources) {
		choice->n_sources++;
		*source = (struct source){ .shown = text_printable(path), .path = strdup(path) };
	}
	source->in_folder = in_folder;
	source->seen = true;
}

void
files_update(struct choice *choice)
{
	struct text path = { 0 };
	struct dirent **entries;
	struct source *source;
	size_t i, n_seen = 0;
	int j, n;

	for (i = 0; i < choice->n_sources; i++)
		choice->sources[i].seen = false;
	for (i = 0; i < choice->n_paths; i++) {
		n = scandir(choice->paths[i], &entries, is_stat_file, alphasort);
		/* It is no folder: read it as a file, which reports errors. */
		if (n < 0)
			see(choice, choice->paths[i], false);
		for (j = 0; j < n; j++) {
			path.used = 0;
			text_string(&path, choice->paths[i]);
			text_string(&path, "/");
			text_put(&path, entries[j]->d_name, strlen(entries[j]->d_name) + 1);
			see(choice, path.data, true);
			free(entries[j]);
		}
		if (n >= 0)
			free(entries);
	}
	free(path.data);
	for (source = choice->sources; source < choice->sources + choice->n_sources; source++) {
		if (source->seen) {
			choice->sources[n_seen++] = *source;
			continue;
		}
		free(source->path);
		free(source->shown);
		free(source->problem);
		free(source->name);
	}
	choice->n_sources = n_seen;
}
