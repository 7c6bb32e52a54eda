# SPDX-License-Identifier: MIT
# What kvmgdb-test.py defines, for a GDB without Python.  Of kvmgdb-expect-stop
# `within' is not here: --timeout of `kvmgdb test' is what ends a wait.
set pagination off
set confirm off
set remotetimeout 30

define kvmgdb-note
  shell echo "$arg0" >> "$KVMGDB_TEST_NOTES"
end

# The notes tell that it failed, an error ends the script.
define kvmgdb-failed
  error-kvmgdb-test-failed
end

define kvmgdb-assert
  set $kvmgdb_true = 0
  if $argc == 1
    set $kvmgdb_true = ($arg0) != 0
  end
  if $argc == 2
    set $kvmgdb_true = ($arg0 $arg1) != 0
  end
  if $argc == 3
    set $kvmgdb_true = ($arg0 $arg1 $arg2) != 0
  end
  if $argc == 4
    set $kvmgdb_true = ($arg0 $arg1 $arg2 $arg3) != 0
  end
  if $argc == 5
    set $kvmgdb_true = ($arg0 $arg1 $arg2 $arg3 $arg4) != 0
  end
  if $argc == 6
    set $kvmgdb_true = ($arg0 $arg1 $arg2 $arg3 $arg4 $arg5) != 0
  end
  if $argc == 7
    set $kvmgdb_true = ($arg0 $arg1 $arg2 $arg3 $arg4 $arg5 $arg6) != 0
  end
  if !$kvmgdb_true
    shell echo "fail kvmgdb-assert: false" >> "$KVMGDB_TEST_NOTES"
    kvmgdb-failed
  end
  shell echo "ok kvmgdb-assert" >> "$KVMGDB_TEST_NOTES"
end
document kvmgdb-assert
Fail unless an expression, of at most seven words, is true.
end

define kvmgdb-check-kind
  pipe monitor hits | grep -qx "last $arg0"
  if $_shell_exitcode != 0
    shell echo "fail expected a $arg0 stop: there was none" >> "$KVMGDB_TEST_NOTES"
    kvmgdb-failed
  end
end

define kvmgdb-check-symbol
  shell echo "$arg1" | grep -qE '^[A-Za-z_][A-Za-z0-9_.]*$'
  if $_shell_exitcode == 0
    pipe info functions ^$arg1$ | grep -v "^All functions" | grep -qF "$arg1"
    if $_shell_exitcode != 0
      shell echo "fail expected a $arg0 stop at $arg1: there is no such symbol" >> "$KVMGDB_TEST_NOTES"
      kvmgdb-failed
    end
  end
end

define kvmgdb-check-place
  set $kvmgdb_pc = $pc
  shell test "$arg0" = watch
  if $_shell_exitcode == 0
    set $kvmgdb_pc = $pc - 1
  end
  pipe info symbol $kvmgdb_pc | grep -qE "^$arg1( \+ [0-9]+)?( in section .*)?$"
  if $_shell_exitcode != 0
    pipe info line *$kvmgdb_pc | sed -E 's/^Line ([0-9]+) of "([^"]*)".*/\/\2:\1 \1/' | grep -qE "(/|^| )$arg1( |$)"
  end
  if $_shell_exitcode != 0
    kvmgdb-check-symbol $arg0 $arg1
    shell echo "fail expected a $arg0 stop at $arg1: it was elsewhere" >> "$KVMGDB_TEST_NOTES"
    kvmgdb-failed
  end
end

define kvmgdb-expect-stop
  shell test "$arg0" = step
  if $_shell_exitcode == 0
    step
    pipe info program | grep -q "stopped after being stepped"
    if $_shell_exitcode != 0
      shell echo "fail expected a step stop: there was none" >> "$KVMGDB_TEST_NOTES"
      kvmgdb-failed
    end
  else
    continue
    kvmgdb-check-kind $arg0
  end
  if $argc >= 3
    shell test "$arg1" = at
    if $_shell_exitcode == 0
      kvmgdb-check-place $arg0 $arg2
    end
  end
  shell echo "ok kvmgdb-expect-stop" >> "$KVMGDB_TEST_NOTES"
end
document kvmgdb-expect-stop
Let the guest run, and fail unless it stops for this reason.
Usage: kvmgdb-expect-stop watch|break|step [at LOCATION] [within 10s]
end

# The file is there when the guest has ended, and nobody else can be asked.
define kvmgdb-counts
  shell test -e "$KVMGDB_TEST_HITS" && cp "$KVMGDB_TEST_HITS" "$KVMGDB_TEST_HITS.now"
  if $_shell_exitcode != 0
    pipe monitor hits | cat > "$KVMGDB_TEST_HITS.now"
  end
end

define kvmgdb-hits
  kvmgdb-counts
  if $argc == 2
    shell grep -qx "$arg1 $arg0" "$KVMGDB_TEST_HITS.now"
  else
    shell awk '/^(watch|break) / {n += $2; seen = 1} END {exit !(seen && n == $arg0)}' "$KVMGDB_TEST_HITS.now"
  end
  if $_shell_exitcode != 0
    shell echo "fail kvmgdb-hits $arg0: the server counts others" >> "$KVMGDB_TEST_NOTES"
    kvmgdb-failed
  end
  shell echo "ok kvmgdb-hits" >> "$KVMGDB_TEST_NOTES"
end
document kvmgdb-hits
Fail unless the server has told so many hits.
Usage: kvmgdb-hits N [watch|break|step]
end

define kvmgdb-state
  pipe monitor hits | cat >> "$KVMGDB_TEST_STATE"
  pipe monitor dr | cat >> "$KVMGDB_TEST_STATE"
  pipe info registers | cat >> "$KVMGDB_TEST_STATE"
  pipe thread apply all backtrace 32 | cat >> "$KVMGDB_TEST_STATE"
end

# After the script: if its end was not noted, look at the guest, and fail.  A
# triple fault is looked at, too; there is no guest to ask if it has ended.
define kvmgdb-look
  shell grep -qx end "$KVMGDB_TEST_NOTES"
  if $_shell_exitcode != 0
    shell echo "fail the script ended with an error" >> "$KVMGDB_TEST_NOTES"
    kvmgdb-state
    quit 1
  end
  shell test -e "$KVMGDB_TEST_HITS"
  if $_shell_exitcode != 0
    kvmgdb-counts
    shell grep -qxE "last (shutdown|error)" "$KVMGDB_TEST_HITS.now"
    if $_shell_exitcode == 0
      kvmgdb-state
    end
  end
end
