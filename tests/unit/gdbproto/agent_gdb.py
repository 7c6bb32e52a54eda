# SPDX-License-Identifier: MIT
"""Run by GDB (agent_compare.py): for each of a few hundred expressions a
dprintf, which the server evaluates from GDB's byte code, and GDB's own value in
the same state.  The expression is the dprintf's condition, too.

V n value: the server's; G n value: GDB's; E n: GDB has none; N n: GDB cannot
make byte code of it."""
import os
import random

import gdb

SERVER = os.environ["AGENT_SERVER"]
TYPES = os.environ["AGENT_TYPES"]
SKEW = int(os.environ.get("AGENT_SKEW", "0"))
DATA = 0x2400
AT, BEHIND = 0x1007, 0x1008  # a nop: RIP alone is another behind it
COUNT = 400

# Each form of operand, operator and conversion once.
FIXED = """*(int *)0x2000 == 5; $rax > 10; *(int*)0x1000 == 3; v.i == -1; v.l == 0x123456789abcdef0;
v.b1 == 5; v.b2 == -1; v.b3 > 70000; v.b4; v.part[v.uc & 3].y > 4 && v.flag; v.pp->x;
v.pp->w * 3 - v.pi[1]; *v.pi + *(v.pi + 2); v.matrix[1][2]; v.text[3]; (char)v.i;
(unsigned char)v.i; (short)v.l; (unsigned short)v.l; (int)v.l; (unsigned int)v.l;
(long)v.i; (unsigned long)v.sc; sizeof(v); sizeof(v.part[0]); &v.arr[2] - &v.arr[0];
&v.arr[3] == v.pi + 1; v.c && v.s || v.i; !v.i; !!v.l; ~v.us; -v.u; -v.sc; +v.c;
v.i / 7; v.u / 7; v.l % 13; v.ul % 13; v.i % -5; v.sc / v.uc; v.i << 3; v.u >> 5;
v.i >> 5; v.l >> 40; v.ul >> 40; v.sc >> 2; v.i & v.u; v.l ^ v.ul; v.us | v.i;
v.sc < v.uc; v.i < v.u; v.l < v.ul; v.i <= v.s; v.u >= v.us; v.l != v.ul; v.c == v.sc;
$rbx == 0x1000000000000001; $rip == 0x1007; $rsp - $rbp; $cs; $ss == 16; $cr3; $cr0 & 1;
$efer >> 8; $cr4; $dr7; $r15 & 15; *(long *)$rsp; *(unsigned char *)($rsp - 1);
*(int *)&v.text[1]; v.arr[v.i & 7] + v.arr[v.u & 7]; v.part[3].z - v.part[2].z;
(v.i > 0 && v.u > 5) || (v.l < 0 && !v.flag); v.i > 0 && (v.u > 5 || v.l < 0);
(long)(int)(short)(char)v.l; (v.c + v.sc) * (v.s - v.us); 1; 0; -1; 'a'
"""


class Maker:
    """Random expressions, the same ones each time."""

    LEAVES = ["v.c", "v.sc", "v.uc", "v.s", "v.us", "v.i", "v.u", "v.l",
              "v.ul", "v.arr[5]", "v.part[2].x", "v.part[1].y", "v.pp->z",
              "v.pp->w", "*v.pi", "v.b1", "v.b2", "v.b3", "v.text[5]",
              "v.matrix[2][1]", "v.flag", "$rax", "$rbx", "$r9", "$cr3",
              "$cs", "$efer", "1", "7", "-3", "100", "0x7fffffff",
              "0x12345678", "0x1234567890", "*(short *)0x2001"]
    TYPES = ["char", "unsigned char", "short", "unsigned short", "int",
             "unsigned int", "long", "unsigned long"]

    def __init__(self, seed):
        self.random = random.Random(seed)

    def make(self, depth):
        pick = self.random.choice
        if depth == 0 or self.random.random() < 0.1:
            return pick(self.LEAVES)
        kind = self.random.random()
        if kind < 0.1:
            return "(%s)(%s)" % (pick(self.TYPES), self.make(depth - 1))
        if kind < 0.2:
            return "%s(%s)" % (pick("!~-"), self.make(depth - 1))
        if kind < 0.3:
            return "(%s) %s (%s)" % (self.make(depth - 1), pick(("<<", ">>")),
                                     pick(("1", "5", "v.uc & 7")))
        if kind < 0.4:
            return "(%s) %s ((%s) | 1)" % (self.make(depth - 1), pick("/%"),
                                           self.make(depth - 1))
        operators = ("+ - * & | ^ == != < > <= >= && ||").split()
        return "(%s) %s (%s)" % (self.make(depth - 1), pick(operators),
                                 self.make(depth - 1))


def lay_out():
    inferior = gdb.selected_inferior()
    inferior.write_memory(DATA, random.Random(1).randbytes(0x400))
    for command in ("set var v.pp = &v.part[1]", "set var v.pi = &v.arr[2]",
                    "set var v.flag = 1", "set var v.i = -123456789",
                    "set var *(long *)($rsp) = 0x8070605040302010"):
        gdb.execute(command)


def convertible(text):
    try:
        gdb.execute("maint agent-eval " + text, to_string=True)
    except gdb.error:
        return False
    return True


def one(number, text):
    gdb.execute('dprintf *%#x,"V %d %%ld\\n", (long)(%s)'
                % (AT, number, text), to_string=True)
    gdb.execute("condition $bpnum " + text)
    print(gdb.execute("continue", to_string=True))
    gdb.execute("delete $bpnum")
    if int(gdb.parse_and_eval("(long)$rip")) != BEHIND:
        print("LOST %d" % number)
    try:
        # in the state at AT
        gdb.execute("set $rip = %#x" % AT)
        value = int(gdb.parse_and_eval("(long)(%s)" % text))
        print("G %d %d" % (number, value + SKEW), flush=True)
    except gdb.error as error:
        print("E %d %s" % (number, error), flush=True)
    finally:
        gdb.execute("set $rip = %#x" % BEHIND)
    print("X %d %s" % (number, text))


for setting in ("pagination off", "confirm off", "width 0",
                "architecture i386:x86-64", "dprintf-style agent"):
    gdb.execute("set " + setting, to_string=True)
gdb.execute("target remote | " + SERVER, to_string=True)
gdb.execute("add-symbol-file %s -s .data %#x" % (TYPES, DATA), to_string=True)
lay_out()
gdb.execute("break *%#x" % BEHIND, to_string=True)
gdb.execute("continue", to_string=True)
expressions = [e.strip() for e in FIXED.split(";")]
maker = Maker(2)
while len(expressions) < COUNT:
    expressions.append(maker.make(1 + len(expressions) % 4))
for index, expression in enumerate(expressions):
    if convertible(expression):
        one(index, expression)
    else:
        print("N %d %s" % (index, expression))
print("END %d" % len(expressions))
