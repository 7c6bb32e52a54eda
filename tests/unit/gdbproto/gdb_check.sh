#!/bin/sh
# SPDX-License-Identifier: MIT
# gdb_check.sh GDB SERVER SCRIPT EXPECT: run SCRIPT with the real GDB on SERVER
# (its "| command") and see that each line of EXPECT comes, in that order, as
# a part of a line of what GDB prints.
set -eu
gdb=$1 server=$2 script=$3 expect=$4
out=$("$gdb" -nx -batch -ex "set \$server = \"$server\"" -x "$script" 2>&1 </dev/null) || :
printf '%s\n' "$out"
printf '%s\n' "$out" | awk -v expect="$expect" '
function next_wanted() {
	do {
		more = (getline wanted < expect) > 0
	} while (more && (wanted == "" || wanted ~ /^#/))
}
BEGIN { next_wanted() }
more && index($0, wanted) { found++; next_wanted() }
END {
	if (more) {
		print "did not come: " wanted
		exit 1
	}
	if (!found) {
		print "nothing was expected"
		exit 1
	}
}'
