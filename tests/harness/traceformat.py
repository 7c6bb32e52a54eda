# SPDX-License-Identifier: MIT
"""Chrome's Trace Event Format, as far as `kvmgdb watch` writes it: what the
format's description demands of each field, and what its readers (Perfetto,
chrome://tracing) take without a complaint."""
import json
import re

PHASES = {"M": {"name", "ph", "pid", "tid", "args"},
          "i": {"name", "cat", "ph", "s", "pid", "tid", "ts", "args"},
          "C": {"name", "ph", "pid", "ts", "args"}}
# Microseconds; the digits behind the point are nanoseconds.
TIME = re.compile(r'"ts":(\d+\.\d{3})[,}]')


def strict(text):
    """As JSON, and no more than JSON: no key twice, no NaN."""
    def pairs(items):
        if len({key for key, _ in items}) != len(items):
            raise ValueError("a key twice: %s" % items)
        return dict(items)

    def constant(name):
        raise ValueError(name)

    return json.loads(text, object_pairs_hook=pairs, parse_constant=constant)


def is_int(value, least=0):
    return type(value) is int and value >= least


def check_event(event, tracks):
    wanted = PHASES.get(event.get("ph"))
    if wanted is None or set(event) != wanted:
        return "its members"
    if type(event["name"]) is not str or not event["name"]:
        return "its name"
    # Thread 0 of process 1 is to Perfetto another name of its thread 1.
    if not is_int(event["pid"], 1) or not is_int(event.get("tid", 1), 1):
        return "pid or tid"
    if type(event["args"]) is not dict:
        return "args"
    if event["ph"] == "M":
        if event["name"] not in ("process_name", "thread_name") or \
                set(event["args"]) != {"name"} or \
                type(event["args"]["name"]) is not str:
            return "metadata"
        tracks.add((event["name"], event["pid"], event["tid"]))
        return None
    if type(event["ts"]) not in (int, float) or event["ts"] < 0:
        return "ts"
    if event["ph"] == "i":
        # Of the process, or of a thread: there must be one of that name.
        if event["s"] not in "pt" or ("thread_name", event["pid"],
                                      event["tid"]) not in tracks:
            return "scope, or a track without a name"
        return None if type(event["cat"]) is str else "cat"
    if not event["args"] or not all(type(v) in (int, float)
                                    for v in event["args"].values()):
        return "a counter that is no number"
    return None


def problems(text):
    """What is wrong with the text of a trace."""
    try:
        trace = strict(text)
    except ValueError as error:
        return ["no JSON: %s" % error]
    if set(trace) != {"displayTimeUnit", "traceEvents", "otherData"} or \
            trace["displayTimeUnit"] not in ("ms", "ns"):
        return ["the object: %s" % set(trace)]
    tracks, last, found = set(), {}, []
    for event in trace["traceEvents"]:
        why = check_event(event, tracks)
        if why:
            found.append("%s: %s" % (why, event))
            continue
        if event["ph"] == "M":
            continue
        track = (event["ph"], event["pid"], event.get("s"),
                 event["name"] if event["ph"] == "C" else event["tid"])
        if event["ts"] < last.get(track, 0):
            found.append("back in time: %s" % event)
        last[track] = event["ts"]
    if ("process_name", 1, 1) not in tracks:
        found.append("the process has no name")
    if len(TIME.findall(text)) != sum(
            e["ph"] != "M" for e in trace["traceEvents"]):
        found.append("times without nanoseconds")
    return found


def span_us(text):
    """From the first to the last hit."""
    times = [e["ts"] for e in json.loads(text)["traceEvents"]
             if e["ph"] == "i" and e["s"] == "t"]
    return times[-1] - times[0]


BROKEN = (
    ('"ph":"i"', '"ph":"j"'),
    ('"tid":1,"cat"', '"tid":7,"cat"'),
    ('"value":', '"value":"x","more":'),
    ('"s":"t",', ""),
    ('"tid":1,"name"', '"tid":0,"name"'),
    ('"ts":', '"ts":-'),
    ('"name":"thread_name"', '"name":"thread"'),
    ('"displayTimeUnit":"ns"', '"displayTimeUnit":"us"'),
    ('],"otherData"', '{}],"otherData"'),
)


def blind_to(text):
    """The check's own control: which of these it does not see."""
    return [old for old, new in BROKEN
            if old not in text or not problems(text.replace(old, new, 1))]
