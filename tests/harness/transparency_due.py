# SPDX-License-Identifier: MIT
"""What each guest of the transparency tests must see, and what GDB is due.

Computed by hand from the guests' sources and the SDM (vol. 3, chapter 18),
not taken from a run.  One event a line:

    VECTOR DR6 AT [tf] [rf|rf?] [maybe] [*N]     # scene

VECTOR and the low half of DR6 (the high one is ffff) in hexadecimal; AT is
the label that RIP must be at.  Alternatives by |: where CPUs, or emulated
ones, are known to differ.  tf and rf: set in the flags image (default:
clear); rf?: either.  maybe: may be missing.  *N: N such events."""
import dataclasses
import functools

MERGE = ["exec", "reinject"]


@dataclasses.dataclass(frozen=True)
class Event:
    text: str
    vector: int
    dr6: frozenset
    at: frozenset
    tf: bool
    rf: frozenset
    maybe: bool


def parse_event(line):
    words = line.split("#")[0].split()
    count = int(words.pop()[1:]) if words[-1].startswith("*") else 1
    vector, dr6, at = words[:3]
    rf = {False}
    if "rf" in words:
        rf = {True}
    elif "rf?" in words:
        rf = {False, True}
    return [Event(text=line.strip(), vector=int(vector, 16),
                  dr6=frozenset(0xffff0000 | int(x, 16)
                                for x in dr6.split("|")),
                  at=frozenset(at.split("|")), tf="tf" in words[3:],
                  rf=frozenset(rf), maybe="maybe" in words)] * count


@functools.lru_cache(None)
def events(guest):
    found = []
    for line in GUESTS[guest]["events"].splitlines():
        if line.split("#")[0].strip():
            found += parse_event(line)
    return found


def lines(guest):
    return [line.strip() for line in
            GUESTS[guest].get("lines", "").splitlines() if line.strip()]


TF_RUN = """
1 4ff0 tf_1 tf
1 4ff0 tf_2 tf
1 4ff0 tf_3 tf
1 4ff0 tf_4 tf
30 0ff0 tf_5 tf
1 4ff0 tf_6 tf
1 4ff0 tf_7 tf
1 4ff0 tf_8 tf
1 4ff0 tf_9
"""

ICEBP_RUN = """
1 0ff0 after_icebp
3 0ff0 after_ic3
1 0ff0 after_store_icebp
1 0ff0 after_ic_on
"""

ICEBP_ARMED = """
1 0ff0 after_icebp
3 0ff0 after_ic3
1 0ff2 after_store
1 0ff0 after_store_icebp
1 0ff1 ic_on
1 0ff0 after_ic_on
"""


# What does not hold yet, or cannot on a KVM of this kind: (guest, requests, the
# probe's word for which KVMs, why).  Reported as skipped, with the reason.
OPEN = [
    # QEMU makes a task switch without the exit by which KVM would clear them
    *[("dr32_task", config, "!dr_access", "QEMU's AMD-V has no exit for a task "
       "switch: KVM keeps the local enables") for config in
      ("far1", "far2", "far3", "far4", "same")],
    ("dr_fixed", "far4", "dr_access", "with int3 patches and no register, no "
     "MOV DR comes to us, and KVM's handle_dr() takes MOV DR8 for MOV DR0 "
     "while guest debugging is on (Linux 6.1, kvm_intel)"),
    *[("dr_late", config, "dr_access", "Bochs compares disabled registers while "
       "any is enabled: the host's is") for config in
      ("far1", "far2", "far3", "far4")],
    ("dr_rep", "step", "!dr_access", "a TCG tells a watch inside REP at its "
     "end, but where TF makes it stop at each repetition"),
]


# "slots": the most that the guest has enabled at any time.  "same" and
# "overlap": (GDB's request, stops due); "step": (where GDB's steps begin, how
# many).  "needs": of the guest itself; "merge": of it beside a request.
# STOPS may be a set, a dictionary by thread, or a function of what is known of
# the CPU: transparency.About.  "arch": what GDB is to be told.
# "both": configurations in which one access hits two registers of different
# ranges or kinds, so that neither hit follows from the other.  "artefact":
# why a reference may be wrong on an emulated CPU, which then skips the guest.
GUESTS = {
    "dr_exec": {
        "stack": True,
        "needs": ["guest_exec|exec_rf"],
        "slots": 4,
        "events": """
1 0ff1 ex_a *3      # handler sets RF
1 0ff1 ex_a *3      # handler disables
1 0ff1 ex_a *3      # handler skips
1 0ff1 ex_a         # local enable
1 0ff1 ex_a         # both enables
1 0ff4 ex_loop_top *4
1 0ff8 ex_d         # four at once
1 0ff4 ex_c
1 0ff2 ex_b
1 0ff1 ex_a
1 0ff8 ex_d         # one of four gone
""",
        # ex_a is reached 3 + 3 + 3 + 1 + 1 + 2 + 1 + 1 times, and 3 times
        # more with RF clear, by the handler that disables
        "same": [("hbreak *ex_a", 18), ("hbreak *ex_loop_top", 4),
                 ("hbreak *ex_d", 2)],
        # as often, but for where the handler disables; while the guest has
        # all four an int3 serves it, or a page trap
        "overlap": [("hbreak *(ex_a + 1)",
                     lambda about: 14 + (about.caps["int3"]
                                         or about.caps["page_exec"]))],
        "step": ("one", 700),
    },
    "dr_watch": {
        "stack": True,
        "both": ["same", "overlap"],
        "needs": ["data_write4", "data_access4"],
        "slots": 4,
        "events": """
1 0ff1 after_store1_1
1 0ff1 after_store2_0
1 0ff1 after_store4_0
1 0ff2 after_store1_2
1 0ff2 after_store1_3
1 0ff4 after_store1_4
1 0ff4 after_store8_0
1 0ff8 after_store1_8
1 0ff8 after_store1_15
1 0ff1 after_load4_16
1 0ff1 after_store4_16
1 0ff1 after_add4_16
1 0ff1 after_xchg4_16
1 0ff2 after_add4_16
1 0ff2 after_xchg4_16
1 0ff4 after_same4_16
1 0ff1 after_store1_0
1 0ff2 after_store1_3
1 0ff4 after_load8_8
1 0ff8 after_store4_16
""",
        # dw_cell[1] is stored to 3, 1, 2, 0, 0, 0, 0, 1 and 1 times, and
        # dw_cell[16] reached 0, 0, 0, 1, 4, 3, 0, 2 and 1 times; while the
        # guest has all four for itself page traps serve GDB's two
        "same": [("watch dw_cell[1]",
                  lambda about: 7 + about.caps["page_write"]),
                 ("awatch *(unsigned int *)(dw_cell + 16)",
                  lambda about: 9 + 2 * about.caps["page_access"])],
        "overlap": [("awatch *(unsigned long *)(dw_cell + 8)", 5)],
        "needs-same": ["data_write1", "data_access4"],
        "needs-overlap": ["data_access8"],
        "step": ("arm", 700),
    },
    "dr_tf": {
        "stack": True,
        "needs": [],
        "slots": 0,
        "events": TF_RUN + """
1 4ff0 into_1 tf
1 4ff0 into_2 tf
""" + TF_RUN,
        "lines": """
image with TF 302
image without 202
""",
        "same": [("hbreak *tf_1", 2), ("hbreak *tf_5", 2),
                 ("hbreak *into_1", 1)],
        "step": ("tf_run", 700),
    },
    "dr_gd": {
        "stack": True,
        "needs": [],
        "slots": 1,
        "events": """
1 2ff0 at_read0 rf?
1 2ff0 at_read6 rf?
1 2ff0 at_read7 rf?
1 2ff0 at_write1 rf?
1 2ff0 at_write6 rf?
1 2ff0 at_write7 rf?
1 2ff0 in_write3 rf?
1 2ff0 at_write1 rf?   # not carried out
1 0ff1 gd_exec
1 2ff0 at_read0 rf?
1 0ff1 gd_exec
""",
        "lines": """
dr1 1111
dr3 3333
dr0 ok 1
""",
        "same": [("hbreak *gd_exec", 2), ("hbreak *at_write1", {2, 3})],
        "step": ("read0", 700),
    },
    "dr_rw": {
        "needs": [],
        "slots": 4,
        "events": "",
        "lines": """
first dr0 0
first dr3 0
first dr6 ffff0ff0
first dr7 400
0 ffffffffffffffff
1 8000000000000001
2 800000000002
dr3 123456789abcdef3
at once ffff07ff
dr7 ffff07ff
at once 33330455
at once ffff6fff
dr6 ffff6fff
""",
        "step": ("guest_main", 400),
    },
    "dr_fixed": {
        # a TCG keeps fixed bits as they are written
        "needs": ["dr_access"],
        "slots": 4, # all of DR7 is written
        "events": """
d 0ff0 at_write6 rf
d 0ff0 at_write7 rf
d 0ff0 at_write6 rf
d 0ff0 at_write7 rf
6 0ff0 at_write4 rf
6 0ff0 at_read4 rf
6 0ff0 at_write5 rf
6 0ff0 at_read5 rf
6 0ff0 at_read8 rf
6 0ff0 at_lock_read0 rf
""",
        "lines": """
dr6 ffffefff
dr7 ffff0fff|dr7 ffff07ff
dr6 ffff0ff0
dr6 ffff4ff0
dr4 ffff4ff0
dr5 455
write4 dead
dr4 dead
dr8 dead
lock dead
""",
        "step": ("write6", 700),
    },
    "dr_sticky": {
        "stack": True,
        "needs": ["data_write4"],
        "slots": 2,
        "events": """
1 4ff0 st_step_1 tf
1 4ff1 st_exec
1 4ff2 after_st_store
1 4ff1 st_exec
1 eff0 st_step_1 tf
1 eff1 st_exec
1 eff2 after_st_store
1 eff1 st_exec
""",
        "same": [("hbreak *st_exec", 4), ("watch st_cell", 2)],
        "needs-same": ["exec", "data_write4"],
        "step": ("bs_and_others", 700),
    },
    "dr_nested": {
        "stack": True,
        "both": ["overlap"],
        "needs": ["data_write4"],
        "slots": 2,
        "events": """
30 0ff0 after_ne_soft
1 0ff2 after_ne_store
30 0ff0 after_ne_soft
1 0ff2 after_ne_store
30 0ff0 after_ne_soft
1 0ff1 ne_exec
30 0ff0 after_ne_soft
1 0ff1 ne_exec
1 0ff1 ne_exec
1 0ff2 after_ne_store
1 0ff1 ne_exec
1 0ff2 after_ne_store
1 0ff1 ne_exec
1 0ff4 ne_inner
1 0ff1 ne_exec
1 0ff4 ne_inner
1 4ff2 ne_stepped tf *2
1 4ff8 ne_stepped_on tf *2
""",
        "same": [("hbreak *ne_exec", 6), ("watch ne_cell", 6)],
        "overlap": [("awatch *(char *)((char *)&ne_cell + 1)", 6)],
        "needs-same": ["exec", "data_write4"],
        "needs-overlap": ["data_access1"],
        "step": ("ne_soft", 700),
    },
    "dr_ring3": {
        "both": ["overlap"],
        "needs": ["data_write8@3", "exec@3"],
        "slots": 2,
        "events": """
1 0ff1 u_exec
1 0ff2 after_u_store
1 0ff1 u_exec
1 0ff2 after_u_store
1 0ff1 u_exec
1 0ff2 after_u_store
30 0ff0 after_u_int
1 4ff0 u_t1 tf
1 4ff0 u_t2 tf
1 4ff0 u_t3 tf
1 4ff0 u_t4 tf
1 4ff0 u_t5
d 0ff0 u_t5 rf
d 0ff0 u_set7 rf
1 0ff0 after_u_icebp
30 0ff0 u_end
""",
        "same": [("hbreak *u_exec", 3), ("watch u_word", 4)],
        "overlap": [("awatch *(char *)((char *)&u_word + 3)", 4)],
        "needs-same": ["exec@3", "data_write8@3"],
        "needs-overlap": ["data_access1@3"],
        "step": ("u_exec", 700),
    },
    "dr_fault": {
        "needs": ["guest_exec|exec_rf"],
        "slots": 4,
        "events": """
6 0ff0 at_do_ud rf
e 0ff0 at_do_pf_read rf
e 0ff0 at_do_pf_write rf
d 0ff0 do_rdmsr rf
3 0ff0 after_do_int3
30 0ff0 after_do_soft
1 0ff0 after_do_icebp
1 0ff1 do_ud
6 0ff0 at_do_ud rf
1 0ff2 do_pf_read
e 0ff0 at_do_pf_read rf
e 0ff0 at_do_pf_write rf
d 0ff0 do_rdmsr rf
1 0ff4 do_int3
3 0ff0 after_do_int3
1 0ff8 do_soft
30 0ff0 after_do_soft
1 0ff0 after_do_icebp
""",
        "same": [("hbreak *do_ud", 2), ("hbreak *do_soft", 2)],
        "step": ("fault_start", 1500),
    },
    "dr_icebp": {
        "needs": ["data_write4"],
        "slots": 2,
        # DR6 is left alone: the last scene does not set it back
        "events": ICEBP_RUN * 3 + ICEBP_ARMED * 3 + """
1 0ff0 after_icebp
3 0ff0 after_ic3
1 0ff2 after_store
1 0ff2|0ff0 after_store_icebp
1 0ff1 ic_on
1 0ff1|0ff0 after_ic_on
""",
        "same": [("hbreak *ic_run", 7), ("hbreak *ic_on", 7),
                 ("watch ic_cell", 7)],
        "needs-same": ["exec", "data_write4"],
        "step": ("ic_run", 700),
    },
    "dr_movss": {
        "needs": ["data_access2"],
        "slots": 1,
        # a TCG does not hold data traps back, and breakpoints neither
        "events": """
1 0ff1 ms_2|ms_1 *2
1 0ff1 dr_stub_48|ms_i1 maybe
30 0ff0 ms_i2 rf?
1 0ff1 dr_stub_48|ms_i1 maybe
30 0ff0 ms_i2 rf?
1 0ff2 ms_1 maybe
1 0ff2 ms_2
1 4ff0 ms_t2 tf
""",
        # dr_init reads and writes it once; there are CPUs, or what emulates
        # them, that forget a data trap that INT comes after
        "same": [("awatch ms_selector", lambda about:
                  6 + about.count(1, 0xffff0ff1, "dr_stub_48|ms_i1"))],
        "needs-same": ["data_access2"],
        "step": ("ms_plain", 300),
    },
    "dr_rep": {
        "both": ["same", "overlap"],
        "needs": ["data_write1", "data_access1"],
        "slots": 1,
        "events": """
1 0ff1 at_movs|after_movs rf?
1 0ff2 at_movs|after_movs rf?
1 0ff4 after_stos
""",
        "same": [("awatch rp_to[5]", 4)],
        "overlap": [("awatch *(unsigned int *)(rp_to + 4)", {4, 15})],
        "needs-same": ["data_access1"],
        "needs-overlap": ["data_access4"],
        "step": ("rp_movs", 200),
    },
    "dr_stale": {
        "needs": ["data_write4"],
        "slots": 2,
        "events": """
1 0ff1 sl_exec *3
""",
        "same": [("hbreak *sl_exec", 11), ("watch sl_cell", 2)],
        "needs-same": ["exec", "data_write4"],
        "step": ("disable", 300),
    },
    "dr_tight": {
        "needs": ["data_write4", "data_access4"],
        "merge": ["exec", "reinject", "dr_access"],
        "slots": 4,
        "events": """
1 0ff1 ti_exec *2
1 0ff8 after_ti_store *2
1 2ff0 at_ti_gd rf? *2
1 0ff1 ti_exec
1 0ff2 after_ti_store
""",
        "same": [("hbreak *ti_exec", 5), ("watch ti_cell", 5)],
        "needs-same": ["exec", "data_write4"],
        "step": ("ti_exec", 700),
    },
    "dr_off": {
        "needs": ["data_write4", "exec"],
        "slots": 2,
        # a slot that matches and is not enabled may show its bit; of two
        # slots that were hit a TCG shows one
        "events": """
1 0ff2|0ff6 of_exec
1 0ff6 of_exec
1 0ff1|0ff3 after_of_store
1 0ff3|0ff1 after_of_store
""",
        "same": [("hbreak *of_exec", 2), ("watch of_cell", 2)],
        "needs-same": ["exec", "data_write4"],
        "step": ("of_exec", 500),
    },
    "dr_late": {
        "needs": ["exec"],
        "slots": 0,
        "events": """
1 4ff2|4ff0 la_1 tf
1 4ff0 la_2 tf
1 4ff0 la_3 tf
1 4ff0 la_4
""",
    },
    "dr_outs": {
        "needs": ["exec", "exec_rf"],
        # a CPU that loses RF at an exit hits for ever
        "artefact": "RFLAGS.RF is lost at an exit",
        "slots": 1,
        "events": """
1 0ff1 at_outs *3
1 0ff2 behind_outs
""",
        # Three times GDB steps into the guest's handler.  The fourth time it
        # steps through three repetitions, and takes each stop at this address
        # for a hit; KVM's emulator stops once more, with RCX 0.
        "same": [("hbreak *at_outs", {3 + 3, 3 + 4}),
                 ("hbreak *behind_outs", 4)],
        "step": ("ou_run", 300),
    },
    "dr_exits": {
        "needs": ["exec", "exec_rf"],
        "slots": 2,
        "events": """
1 0ff1 at_do_cpuid *2
1 0ff2 behind_do_cpuid
1 0ff1 at_do_out *2
1 0ff2 behind_do_out
1 0ff1 at_do_in *2
1 0ff2 behind_do_in
1 0ff1 at_do_in
1 0ff2 behind_do_in maybe
1 0ff1 at_do_wrcr *2
1 0ff2 behind_do_wrcr
""",
        # where the guest's handler set RF and it stays set, the breakpoint
        # behind is missed, the guest's and GDB's
        "same": [("hbreak *at_do_cpuid", 3), ("hbreak *at_do_out", 3),
                 ("hbreak *behind_do_in", lambda about: 1 + 3 * (
                     about.count(1, 0xffff0ff2, "behind_do_in") - 1))],
        "step": ("do_cpuid", 500),
    },
    # Events of the first CPU come before those of the second.
    "drs_smp": {
        "options": ["--cpus", "2"],
        "both": ["overlap"],
        "needs": ["data_write4", "data_access2"],
        "slots": 4,
        "events": """
1 0ff1 sm_a         # only the first has breakpoints
1 0ff2 after_word0
1 0ff1 sm_a
1 0ff2 after_word0
1 0ff1 sm_a
1 0ff2 after_word0
1 0ff1 sm_a         # each has its own
1 0ff2 after_word0
1 0ff1 sm_a
1 0ff2 after_word0
1 0ff1 sm_a
1 0ff2 after_word0
1 0ff8 sm_b
1 0ff1 after_word1
1 0ff8 sm_b
1 0ff1 after_word1
1 0ff8 sm_b
1 0ff1 after_word1
1 0ff8 sm_b         # only the second
1 0ff1 after_word1
1 0ff8 sm_b
1 0ff1 after_word1
1 0ff8 sm_b
1 0ff1 after_word1
1 0ff4 sm_b *3      # the same one in different registers
1 0ff8 sm_b
1 0ff1 after_word1
1 0ff8 sm_b
1 0ff1 after_word1
1 0ff8 sm_b
1 0ff1 after_word1
""",
        "lines": """
second dr0 0
second dr1 0
second dr2 0
second dr3 0
second dr6 ffff0ff0
second dr7 400
""",
        # five scenes of three rounds on each CPU
        "same": [("hbreak *sm_a", {1: 15, 2: 15}),
                 ("awatch sm_word1", {1: 15, 2: 15})],
        "needs-same": ["exec", "data_access4"],
    },
    "dr32_task": {
        "arch": "i386:x86-64",
        "needs": ["data_write4", "exec"],
        "slots": 4,
        # no KVM is known that minds TSS.T
        "events": """
1 0ff1 tk_exec      # before
1 0ff4 tk_exec2
1 0ff2 after_tk_word
1 0ff8 after_tk_word2
1 0ff4 tk_exec2     # in the task: global ones only
1 0ff2 after_tk_word
1 0ff4 tk_exec2     # back: the local ones stay off
1 0ff2 after_tk_word
1 0ff8 after_tk_word2  # the called task's own; IRET clears it
1 8ff0 tk_trap maybe
""",
        "lines": """
in the task d0d00428
back d0d00428
in the task d0000600
back d0000600
in the task 400
""",
        "same": [("hbreak *tk_exec2", 6), ("watch tk_word", 6)],
        "needs-same": ["exec", "data_write4"],
    },
    "dr2_edges": {
        "needs": ["guest_exec|exec_rf", "data_write8", "data_access2"],
        "slots": 2,
        # A trap that MOV SS holds back and INT1 or INT3 comes after is due at
        # the handler's first instruction (SDM vol. 3, 6.8.3); a TCG does not
        # hold it back, and Bochs forgets it, or tells of both at once.  With a
        # length an execution breakpoint is not defined.
        "events": """
1 0ff1 at_hlt       # in the shadow of STI
1 0ff2 behind_hlt maybe     # RF is left set at an exit
1 0ff1 at_hlt
1 0ff2 behind_hlt maybe
1 0ff1 at_ud        # before the fault
6 0ff0 at_ud rf
1 0ff1 at_ud
6 0ff0 at_ud rf
1 0ff1 at_int3
3 0ff0 after_int3 rf?
1 0ff1 at_int
30 0ff0 after_int rf?
1 0ff1 dr_stub_3
3 0ff0 after_int3
1 0ff1 at_sti_1
1 0ff2 after_sti_1
1 0ff8 after_push
1 0ff8 called
1 0ff8 after_pushf
1 0ff4 ed_long maybe
1 0ff4 behind_long maybe
1 0ff1 ss_icebp|dr_stub_1 maybe
1 0ff0|0ff1 after_ss_icebp
1 0ff1 ss_int3|dr_stub_3 maybe
3 0ff0 after_ss_int3 rf?
1 0ff1 chain_1
1 0ff1 chain_2
1 0ff1 chain_3
1 0ff1 chain_1
1 0ff1 chain_2
1 0ff1 chain_3
""",
        "lines": """
image 6
""",
        # not on INT3: GDB takes it for a breakpoint and goes round it
        "same": [("hbreak *at_ud", 2), ("hbreak *at_int", 1),
                 ("watch ed_cell", 2)],
        "needs-same": ["exec", "data_write4"],
        "step": ("ed_ud", 900),
    },
    "dr2_tf": {
        "needs": ["data_write4", "exec"],
        "slots": 2,
        # SYSCALL that takes TF away does not trap (SDM vol. 2); Bochs does,
        # and the second event that the guest waits for comes the sooner
        "events": """
1 4ff0 t2_entry maybe
1 4ff0 behind_syscall tf
1 4ff0 syscall_2 tf maybe
1 4ff0 t2_entry tf
1 4ff0 entry_1 tf
1 4ff0 entry_2 tf
1 4ff0 entry_3 tf
1 4ff0 at_rep tf rf? *2
1 4ff0 at_rep|behind_rep tf rf?
1 4ff0 ss_2 tf
6 0ff0 at_fault tf rf
1 4ff0 fault_2 tf
1 4ff2 both_1 tf
1 4ff4 both_2 tf
1 4ff0 both_3 tf
""",
        "lines": """
copied 3
image 346
""",
        "same": [("hbreak *entry_2", 2), ("watch t2_cell", 1)],
        "needs-same": ["exec", "data_write4"],
        "step": ("t2_rep", 900),
    },
    "dr3_step": {
        "needs": [],
        # INT1 and its own TF: BS or not, by the CPU; with it MOV SS before
        # it.  A string instruction is one step a repetition, or one in all.
        "slots": 0,
        "events": """
1 4ff0 ex_1 tf
1 4ff0 ex_2 tf
1 4ff0 ex_3 tf
1 4ff0 ex_4 tf
1 4ff0 ex_5 tf
1 4ff0 ex_6 tf
1 4ff0 ex_7 tf
1 4ff0 ex_8 tf
1 4ff0 ex_9 tf
1 4ff0 ex_10 tf
1 4ff0 ex_11 tf
1 4ff0 exits_end tf
1 4ff0 at_outs tf rf? maybe
1 4ff0 at_outs tf rf? maybe
1 4ff0 str_1 tf
1 4ff0 at_ins tf
1 4ff0 at_ins tf rf? maybe
1 4ff0 at_ins tf rf? maybe
1 4ff0 str_2 tf
1 4ff0 str_3 tf
1 4ff0 at_stos tf
1 4ff0 at_stos tf rf? *2
1 4ff0 at_stos tf rf? maybe
1 4ff0 string_end tf
1 4ff0 sti_1 tf
1 4ff0 sti_2 tf
1 4ff0 sti_3 tf
1 4ff0 sti_4 tf
1 4ff0 sti_end tf
1 4ff0 hlt_1 tf
1 4ff0 hlt_2 tf
1 4ff0 hlt_end tf
1 4ff0 si_1 tf
1 0ff0|4ff0 si_3 tf
1 4ff0 ss_icebp_end tf
1 4ff0 sc_1 tf
1 4ff0 sc_3 tf
1 4ff0 ss_cpuid_end tf
1 4ff0 ic_1 tf
1 0ff0|4ff0 ic_2 tf
1 4ff0 icebp_end tf
1 4ff0 ir_2 tf
30 0ff0 ir_3 tf
1 4ff0 iret_end tf
""",
        "same": [("hbreak *ex_4", 1), ("hbreak *sti_2", 1),
                 ("hbreak *ir_2", 1)],
        "step": ("s3_exits", 900),
    },
    "dr3_data": {
        "both": ["same"],
        "needs": ["data_write8", "data_access8", "data_access4", "exec"],
        "slots": 2,
        "events": """
1 0ff1 d_xchg
1 0ff1 d_fail
1 0ff1 d_done
1 0ff1 d_xadd
1 0ff1 d_low
1 0ff1 d_high
1 0ff1 d_8b
1 0ff1 d_bts
1 0ff1 d_neg
1 0ff1 d_sgdt
1 0ff1 d_pop
1 0ff1 d_set
1 0ff1 d_target
1 0ff1 d_movs
1 0ff1 d_lods
1 0ff1 d_scas
1 0ff1 d_cmps
1 0ff1 d_xchg
1 0ff1 d_fail
1 0ff1 d_done
1 0ff1 d_xadd
1 0ff1 d_8b
1 0ff1 d_bts
1 0ff1 d_neg
1 0ff1 d_sgdt
1 0ff1 d_pop
1 0ff1 d_set
1 0ff4 d_enter
1 0ff4 d_leave
1 0ff4 d_called
1 0ff4 d_back
1 0ff4 d_push
1 0ff4 d_add
1 0ff4 d_popped
1 0ff4 d_frame
1 0ff4 d_iret
1 0ff3|0ff1 d_both
1 0ff3|0ff1 d_seven
1 0ff2 d_second
1 0ff1 d_load
1 0ff4 at_stosq|d_stosq rf?
1 0ff4 at_down|d_down rf?
1 0ff2|0ffa d_then      # a trap, and a breakpoint there
1 0ff8 d_then maybe
1 0ff2 d_last
1 0ff1 d_out maybe      # KVM intercepts ports, and the CPU sees none
1 0ff1 d_in maybe
""",
        "lines": """
last 11
""",
        # dr_init() reads and writes it; 10 and 7 accesses, twice; straddling,
        # strings, the breakpoint, ports
        "same": [("awatch *(unsigned long *)d3_words",
                  2 + 34 + 3 + 2 + 2 + 4)],
        "needs-same": ["data_access8"],
        "step": ("d3_memory", 900),
    },
    "dr3_code": {
        "needs": ["guest_exec|exec_rf"],
        "slots": 4,
        "events": """
1 0ff1 c_rdmsr
1 0ff2 c_wrmsr
30 0ff0 c_back
1 0ff0 c_behind_icebp
1 0ff1 c_movss
1 0ff2 c_popf
30 0ff0 c_back
1 0ff0 c_behind_icebp
1 0ff1 c_iret
1 0ff2 c_returned
30 0ff0 c_back
1 0ff0 c_behind_icebp
1 0ff1 c_rep
1 0ff2 c_behind_rep
30 0ff0 c_back
1 0ff0 c_behind_icebp
30 0ff0 c_back
1 0ff1 c_back
1 0ff2 c_cr0
1 0ff0 c_behind_icebp
30 0ff0 c_back
1 0ff1 c_cli
1 0ff2 c_icebp
1 0ff0 c_behind_icebp
30 0ff0 c_back
1 0ff0 c_behind_icebp
1 0ff1 c_behind_icebp
1 0ff2 c_lit
1 0ff1 c_prefix
1 0ff4 c_after
1 0ff1 c_load
e 0ff0 c_load rf    # the handler brings the page: no second hit
1 0ff2 c_loaded
""",
        "same": [("hbreak *c_rdmsr", 7), ("hbreak *c_cli", 7),
                 ("hbreak *c_load", 1)],
        "step": ("c3_special", 900),
    },
    "dr3_frames": {
        # a TCG ends at a watched frame
        "needs": ["data_write8", "data_access2", "exec_rf", "dr_access"],
        "slots": 1,
        # a trap that is held back over a fault may be forgotten
        "events": """
1 0ff1 f3_entry maybe
1 0ff1 dr_stub_6 maybe
6 0ff0 f_ud rf
1 0ff1 f_behind_cpuid
1 0ff1 f_behind_in
1 0ff1 f_behind_popf
1 0ff2 dr_stub_48   # the frame is there, and the handler not begun
30 0ff0 f_back
1 0ff2 dr_stub_14
e 0ff0 f_fault rf
1 2ff0|6ff0 at_gd tf rf?    # GD, and no trap of MOV SS before it
1 4ff0 behind_gd tf
1 4ff0 ss_gd_end tf
1 0ff0 gd_1         # which clears GD
""",
        "lines": """
dr7 400
hits 28
""",
        # dr_init() reads and writes the word
        "same": [("awatch f3_selector", lambda about: 5 + about.count(
                      1, 0xffff0ff1, "f3_entry|dr_stub_6")),
                 ("hbreak *f_loop", 40), ("hbreak *f_fault", 1)],
        "needs-same": ["exec", "data_access2"],
        "step": ("f3_int", 600),
    },
    "drs_rules": {
        # a TCG keeps fixed bits as they are written
        "needs": ["dr_access"],
        "slots": 2,
        "events": """
6 0ff0 at_write4 rf # no alias; DR6 is written only where it is one
6 0ff0 at_read4 rf
6 0ff0 at_write5 rf
6 0ff0 at_read5 rf
d 0ff0 at_write6 rf # high bits
d 0ff0 at_write7 rf
6 0ff0 at_read8 rf  # no such register
6 0ff0 at_lock_read0 rf
1 4ff0 ru_1 tf      # a step over each
1 4ff0 ru_2 tf
1 4ff0 ru_3 tf
1 4ff0 ru_4 tf
1 4ff0 ru_5 tf
1 4ff0 ru_6 tf
1 4ff0 ru_7
1 0ff1 ru_move      # a breakpoint on one, and behind it
1 0ff2 ru_next
""",
        "lines": """
write4 ffff4ff0
dr4 ffff4ff0
dr5 d00400
dr6 ffff4ff0
dr7 d00400
write4 dead
dr4 dead
write5 dead
dr5 dead
dr6 ffff0ff0
dr7 400
high6 dead
high7 dead
dr8 dead
lock dead
ones ffff0ff0
fields ffff0400
""",
    },
}
