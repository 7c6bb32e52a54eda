# SPDX-License-Identifier: MIT
connect
print beats > 10
interrupt-after 1
continue
set var stop = 1
continue
