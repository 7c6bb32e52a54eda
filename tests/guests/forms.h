/* SPDX-License-Identifier: MIT */
/* Shared by forms.c and forms64.S. */
#ifndef FORMS_H
#define FORMS_H

#define AREA_SIZE 0x4000

/* What a form needs. */
#define NEED_MOVBE 1
#define NEED_CX16  2
#define NEED_XSAVE 4
#define NEED_AVX   8

/* Where it can run. */
#define RING0_ONLY 1

#endif
