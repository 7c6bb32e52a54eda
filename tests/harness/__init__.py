# SPDX-License-Identifier: MIT
"""End-to-end tests: the real GDB, a raw client, and the server between them
and a guest."""
