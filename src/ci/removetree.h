/* SPDX-License-Identifier: MIT */
/* A folder of ours, and all in it. */
#ifndef CI_REMOVETREE_H
#define CI_REMOVETREE_H

/* What cannot be removed stays; symbolic links are not followed. */
void removetree(const char *path);

#endif
