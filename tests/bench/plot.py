# SPDX-License-Identifier: MIT
"""The ratios as a picture: a bar for each peer, on a logarithmic axis."""
import math
from xml.sax.saxutils import escape

LEFT, WIDTH, ROW, TOP = 130, 560, 16, 44
COLOURS = {"QEMU": "#3b6ea8", "gdbserver": "#5d9c6b", "floor": "#a8763b"}
LOW, HIGH = 0.1, 10000


def x_of(ratio):
    ratio = min(max(ratio, LOW), HIGH)
    return LEFT + WIDTH * math.log(ratio / LOW) / math.log(HIGH / LOW)


def text(x, y, words, size=11, anchor="start", colour="#222"):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" '
            f'text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>')


def bar(y, name, ratio):
    one, end = x_of(1), x_of(ratio["median"])
    left, width = min(one, end), abs(end - one)
    low, high = x_of(ratio["min"]), x_of(ratio["max"])
    middle = y + ROW / 2 - 1
    return [f'<rect x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" '
            f'height="{ROW - 4}" fill="{COLOURS[name]}"/>',
            f'<line x1="{low:.1f}" y1="{middle:.1f}" x2="{high:.1f}" '
            f'y2="{middle:.1f}" stroke="#000"/>',
            text(max(end, high) + 5 if ratio["median"] >= 1 else one + 5,
                 y + 10, f'{ratio["median"]:.3g} x {name}', 10)]


def axis(bottom):
    out = []
    power = LOW
    while power <= HIGH:
        x = x_of(power)
        out.append(f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" '
                   f'y2="{bottom}" stroke="#ddd"/>')
        out.append(text(x, TOP - 10, f"{power:g}", 10, "middle", "#666"))
        power *= 10
    x = x_of(1)
    return out + [f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" '
                  f'y2="{bottom}" stroke="#666"/>']


def write(path, target, results):
    rows, y = [], TOP
    for result in results:
        if not result["ratios"]:
            continue
        rows.append(text(LEFT - 8, y + 10, result["work"], 11, "end"))
        for name, ratio in result["ratios"].items():
            rows += bar(y, name, ratio)
            y += ROW
        y += 6
    title = text(10, 18, f"kvmgdb on {target}: its rate over that of others "
                 "(right of 1 is faster)", 13)
    with open(path, "w", encoding="utf-8") as f:
        f.write('<?xml version="1.0" encoding="UTF-8"?>\n'
                '<!-- SPDX-License-Identifier: MIT -->\n'
                '<svg xmlns="http://www.w3.org/2000/svg" '
                f'width="{LEFT + WIDTH + 110}" height="{y + 10}" '
                'font-family="sans-serif">\n'
                '<rect width="100%" height="100%" fill="#fff"/>\n'
                + "\n".join([title, *axis(y), *rows]) + "\n</svg>\n")
