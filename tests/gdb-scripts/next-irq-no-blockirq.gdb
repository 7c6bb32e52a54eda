# SPDX-License-Identifier: MIT
# guest: lines.elf
# options: --without blockirq
# needs: exec step dr7_reported
# As next-irq, on a KVM that cannot hold interrupts off.
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
