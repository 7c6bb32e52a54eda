# SPDX-License-Identifier: MIT
# guest: lines.elf
# needs: exec int3|exec step blockirq
# Source lines, one after the other, while a timer interrupts: none of them ends
# in its handler.
connect
break lines_wait if sum > 0
continue
delete
finish
python
ticks = int(gdb.parse_and_eval("ticks"))
seen = {}
for i in range(60):
    gdb.execute("next", to_string=True)
    frame = gdb.newest_frame()
    where = "%s, caller %s" % (frame.name(), frame.older().name())
    seen[where] = seen.get(where, 0) + 1
print("SEEN", seen)
print("TICKED", int(gdb.parse_and_eval("ticks")) - ticks >= 19)
end
continue
