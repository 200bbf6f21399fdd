"""Reads rows of all rounds on standard input and prints a table in Markdown: for each input size and engine the median over the
rounds, the fastest step of all, and what Assay's step is of it."""

import json
import statistics
import sys
from collections import defaultdict

OURS = "gorgonia"

rows = defaultdict(list)
for line in sys.stdin:
    if line.strip():
        r = json.loads(line)
        rows[r["input"], r["engine"]].append(r)

print("| input | engine | instructions | ms a step (median) | fastest | images/s | peak RSS | Assay's step is | by the fastest |")
print("|---|---|---|---|---|---|---|---|---|")
for (size, engine), group in sorted(rows.items(), key=lambda item: (-item[0][0], item[0][1] != OURS, item[0][1])):
    median = statistics.median(r["seconds_per_step"] for r in group)
    fastest = min(r["fastest_seconds"] for r in group)
    ours = rows.get((size, OURS), [])
    ratio = by_fastest = ""
    if ours and engine != OURS:
        ratio = f'{statistics.median(r["seconds_per_step"] for r in ours) / median:.2f} ×'
        by_fastest = f'{min(r["fastest_seconds"] for r in ours) / fastest:.2f} ×'
    rss = max(r["peak_rss_bytes"] for r in group)
    print(f'| {size}×{size} | {engine} | {group[0]["instructions"]} | {median * 1e3:.1f} | {fastest * 1e3:.1f} | '
          f'{group[0]["batch"] / median:.0f} | {f"{rss / 1e6:.0f} MB" if rss else ""} | {ratio} | {by_fastest} |')
print()
for versions in sorted({r["versions"] for group in rows.values() for r in group}):
    print("-", versions)
