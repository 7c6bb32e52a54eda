# append: kaslr SETTLE=3000
# symbols: none
source @SHARE@/linux.py
connect
attempt kvmgdb-kaslr @KERNEL@
interrupt-after 12
continue
kvmgdb-kaslr @KERNEL@
python print("SHIFTED", symbol("_text") != 0xffffffff81000000)
x/s &linux_banner
hbreak do_exit
delete 1
detach
