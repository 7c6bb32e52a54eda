# options: --cpus 2
# needs: exec data_write8
# Power-on to start_kernel, jiffies_64, a system call, backtraces.
source @SHARE@/linux.py
connect
info registers rip
hbreak start_kernel
continue
backtrace
delete
watch *(unsigned long *)&jiffies_64
ignore 2 2
continue
continue
backtrace
delete
hbreak do_syscall_64
continue
backtrace 2
info threads
thread apply all backtrace 3
delete
python
start = int(gdb.parse_and_eval("(unsigned long)&do_syscall_64"))
inside = 0
while inside < 40:
    gdb.execute("nexti", to_string=True)
    if gdb.newest_frame().name() != "do_syscall_64":
        break
    inside += 1
print("NEXTI", inside, gdb.newest_frame().name())
end
detach
