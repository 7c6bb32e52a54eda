# SPDX-License-Identifier: MIT
"""The probe's word: which tests can be run on this KVM.

Names: those of `kvmgdb probe --json`; an object over the ring gives NAME and
NAME@3, one over the length NAME1, NAME2, NAME4, NAME8 (data_write8@3)."""

RINGS = (("cpl0", ""), ("cpl3", "@3"))


def flatten(probe):
    caps = {}
    for name, value in probe.items():
        if isinstance(value, bool):
            caps[name] = value
        if not isinstance(value, dict):
            continue
        for ring, suffix in RINGS:
            if isinstance(value[ring], bool):
                caps[name + suffix] = value[ring]
                continue
            for length, has in value[ring].items():
                caps[name + length + suffix] = has
    return caps


def missing(needs, caps):
    """The first of NEEDS that this KVM has not.  A need is a name; a|b is
    either, and !a is that it has not."""
    for need in needs:
        options = need.split("|")
        for option in options:
            if option.lstrip("!") not in caps:
                raise KeyError("the probe does not speak of " + option)
        if not any(caps[option.lstrip("!")] != option.startswith("!")
                   for option in options):
            return need
    return None
