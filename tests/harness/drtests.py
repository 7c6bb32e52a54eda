# SPDX-License-Identifier: MIT
"""Debug registers: what the transparency tests cannot ask for."""
import re

from .rawtests import RawTest, to_the_end
from .rsp import Problem

AP_START = 0x8000  # TRAMPOLINE of tests/guests/smp64.S
# numbers of the target description
DR = {"dr0": 0x42, "dr1": 0x43, "dr2": 0x44, "dr3": 0x45,
      "dr6": 0x46, "dr7": 0x47}
DR_INIT = {"dr6": 0xffff0ff0, "dr7": 0x400}  # SDM vol. 3, table 10-1
FROM_THREAD = r"T05.*%s:%s;.*thread:p1\.%d;.*"


def register(client, number):
    reply = client.expect("p%x" % number, r"[0-9a-f]+")
    return int.from_bytes(bytes.fromhex(reply), "little")


def late_vcpu(run):
    """Requests made before a vCPU is started hold at its first instruction,
    and the vCPU has its own debug registers as INIT leaves them."""
    c = run.client()
    c.begin()
    symbols = run.symbols
    word = AP_START + symbols["ap_first_word"] - symbols["trampoline"]
    # what the first CPU copies there is no hit of interest: watch it last
    c.expect("Z1,%x,1" % AP_START, "OK")
    c.expect("vCont;c", FROM_THREAD % ("hwbreak", "", 2))
    c.expect("Hgp1.2", "OK")
    for name, number in DR.items():
        if register(c, number) != DR_INIT.get(name, 0):
            raise Problem("%s is %#x at the first instruction"
                          % (name, register(c, number)))
    c.expect("z1,%x,1" % AP_START, "OK")
    c.expect("Z2,%x,2" % word, "OK")
    c.expect("vCont;c", FROM_THREAD % ("watch", "%x" % word, 2))
    if c.memory(word, 2) != 0x5150:
        raise Problem("the first store has not been made")
    c.expect("z2,%x,2" % word, "OK")
    c.expect("Z1,%x,1" % symbols["ap_spin"], "OK")
    c.expect("vCont;c", FROM_THREAD % ("hwbreak", "", 2))
    c.expect("z1,%x,1" % symbols["ap_spin"], "OK")
    c.expect("M%x,4:01000000" % symbols["stop"], "OK")
    to_the_end(c)
    run.ended(33, "ap_word=3", "both_calls=2")


def only_resumed(run):
    """A vCPU that is not let go has nothing to tell, though it may have come
    to a breakpoint at the same time."""
    c = run.client()
    c.begin()
    place = "1,%x,1" % run.symbols["sm_a"]
    hits = {"1": 0, "2": 0}
    c.expect("Z" + place, "OK")
    while not (reply := c.ask("vCont;c")).startswith("W"):
        thread = re.search(r"hwbreak:;.*thread:p1\.([12]);", reply)[1]
        hits[thread] += 1
        c.expect("z" + place, "OK")
        c.expect("vCont;s:p1." + thread,
                 r"T05.*thread:p1\.%s;.*" % thread)
        c.expect("Z" + place, "OK")
    # five scenes of three rounds on each CPU
    if hits != {"1": 15, "2": 15}:
        raise Problem("hits by thread: %s" % hits)
    run.ended(33, "scene over")


def find():
    return [
        RawTest("late-vcpu", "smp.elf", ["exec", "data_write2|page_write"],
                late_vcpu, ["--cpus", "2"]),
        RawTest("only-resumed", "drs_smp.elf",
                ["exec", "step", "dr7_reported"],
                only_resumed, ["--cpus", "2"]),
    ]
