# needs: exec data_write8
# debug: yes
# The kernel's own vmlinux: lines, types, unwinding by DWARF, lx- commands.
connect
hbreak start_kernel
continue
next
next
info line
print init_task.comm
backtrace
delete
source @DEBUG@/vmlinux-gdb.py
hbreak ksys_write
continue
print count
print $lx_current().comm
backtrace 4
delete
python
lines = []
for i in range(40):
    gdb.execute("next", to_string=True)
    frame = gdb.newest_frame()
    if frame.name() != "ksys_write":
        break
    lines.append(frame.find_sal().line)
print("LINES", len(lines) >= 5, "then", frame.name())
for command in ("lx-version", "lx-cmdline", "lx-cpus", "lx-ps", "lx-mounts",
                "lx-iomem", "lx-dmesg", "lx-device-list-bus",
                "lx-list-check init_task.tasks"):
    print("COMMAND", command)
    gdb.execute(command)
end
print $lx_task_by_pid(1).comm
print $lx_per_cpu("runqueues").nr_running > 0
watch jiffies_64
continue
continue
source @SHARE@/linux.py
backtrace
delete
continue
