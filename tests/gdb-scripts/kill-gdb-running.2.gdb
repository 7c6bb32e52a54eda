# SPDX-License-Identifier: MIT
connect
away-until holds beats > 10
print beats > 10
set var stop = 1
continue
