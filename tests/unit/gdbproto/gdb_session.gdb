# SPDX-License-Identifier: MIT
# Played by gdb_check.sh; the lines that must come are in gdb_session.expect.
set pagination off
set confirm off
set width 0
eval "target remote | %s", $server
info registers
info threads
x/4i $pc
print/x $cr3
set $cr0=0x11
print/x $cr0
stepi
print $rip
hbreak *0x100f
continue
delete
watch *(int*)0x2000
continue
continue
delete
awatch *(int*)0x2000
continue
delete
rwatch *(int*)0x2000
continue
delete
break *0x1102
continue
delete
info threads
thread 1
set var *(int*)0x2000 = 77
print *(int*)0x2000
set $xmm1.v4_int32[2]=5
print $xmm1.v4_int32
set $st0=1.5
print $st0
python
def refused(command):
    try:
        gdb.execute(command)
        print("not refused: " + command)
    except gdb.error as error:
        print("refused: " + command + ": " + str(error))
refused("x/2xb 0x4fff")
refused("set $cr8=99")
for i in range(5):
    gdb.execute("hbreak *0x120%d" % i)
refused("continue")
end
delete
monitor help
monitor dr
monitor frob
python
import os, subprocess
def interrupt(event):
    gdb.events.cont.disconnect(interrupt)
    subprocess.Popen(["sh", "-c", "sleep 0.5; kill -INT %d" % os.getpid()])
gdb.events.cont.connect(interrupt)
end
continue
set $rip = 0x1013
continue
detach
