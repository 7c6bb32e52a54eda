# SPDX-License-Identifier: MIT
# What scripts/demo lets GDB do, after `target remote`. The server was started
# with --wait: the guest has not run an instruction yet.
set confirm off
set pagination off
set style enabled off
set trace-commands on
set listsize 1
watch counter
continue
# A watchpoint stops behind the instruction that wrote: the statement is there.
list *($pc - 1)
continue
list *($pc - 1)
print counter
backtrace
monitor watch
delete
continue
