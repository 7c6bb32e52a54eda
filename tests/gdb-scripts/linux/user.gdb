# needs: data_write8@3 exec@3
# A variable of one process, by its address space; the traced child writes the
# same address in its own.
connect
add-symbol-file @WATCHERS@
hbreak perf
continue
set $mine = $cr3
print $cs & 3
delete
set $hits = 0
watch *(unsigned long *)&watched if $cr3 == $mine
commands
silent
set $hits = $hits + 1
continue
end
hbreak print_forks
continue
printf "MINE %d\\n", $hits
delete
continue
