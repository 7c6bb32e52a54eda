# SPDX-License-Identifier: MIT
connect
print beats > 10
set var stop = 1
continue
