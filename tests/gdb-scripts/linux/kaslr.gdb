# append: kaslr SETTLE=3000
# symbols: none
source @SHARE@/linux.py
connect
attempt kvmgdb-kaslr @KERNEL@
define there
kvmgdb-kaslr @KERNEL@
holds *(int *)&linux_banner == 0x756e694c
end
continue-until there
python print("SHIFTED", symbol("_text") != 0xffffffff81000000)
x/s &linux_banner
hbreak do_exit
delete 1
detach
