/* SPDX-License-Identifier: MIT */
#include "ci/removetree.h"

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#define OPEN_MAX_FOLDERS 8

static int remove_one(const char *path, const struct stat *st, int flag,
		      struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	remove(path);
	return 0;
}

void removetree(const char *path)
{
	nftw(path, remove_one, OPEN_MAX_FOLDERS, FTW_DEPTH | FTW_PHYS);
}
