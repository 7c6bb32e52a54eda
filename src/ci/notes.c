/* SPDX-License-Identifier: MIT */
#include "ci/notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void take(struct notes *n, char *line)
{
	line[strcspn(line, "\n")] = '\0';
	if (strcmp(line, "connected") == 0)
		n->connected = true;
	else if (strcmp(line, "end") == 0)
		n->end = true;
	else if (strcmp(line, "late") == 0)
		n->late = true;
	else if (strncmp(line, "ok ", 3) == 0)
		n->checks++;
	else if (strncmp(line, "fail ", 5) == 0 && n->failures++ == 0)
		snprintf(n->failure, sizeof(n->failure), "%s", line + 5);
}

void notes_read(const char *path, struct notes *notes)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;

	memset(notes, 0, sizeof(*notes));
	if (f == NULL)
		return;
	while (getline(&line, &room, f) >= 0)
		take(notes, line);
	free(line);
	fclose(f);
}

unsigned long long notes_resumes(const char *path)
{
	char line[128];
	unsigned long long resumes = 0;
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return 0;
	while (fgets(line, sizeof(line), f) != NULL) {
		if (strncmp(line, "resumes ", 8) == 0)
			resumes = strtoull(line + 8, NULL, 10);
	}
	fclose(f);
	return resumes;
}
