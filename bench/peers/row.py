"""What the peers' scripts share: arguments, timing, and the row they print.

A row has the fields of `assay bench training --json`, so that all engines can stand in one table.
"""

import argparse
import json
import resource
import statistics
import time


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--input", type=int, default=300, help="width and height in pixels")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--warm-up", type=int, default=3, help="steps that are not counted")
    return parser.parse_args()


def measure(step, options, engine, parameters, instructions, versions):
    """Times step() and prints one row. `parameters` is the network's count, checked against the paper's 5,865."""
    if parameters != 5865:
        raise SystemExit(f"{engine}: {parameters} parameters, not the paper's 5865: not the same network")
    for _ in range(options.warm_up):
        step()
    times = []
    for _ in range(options.steps):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    median = statistics.median(times)
    print(json.dumps({
        "model": "custom", "engine": engine, "input": options.input, "batch": options.batch, "threads": options.threads,
        "seconds_per_step": median, "fastest_seconds": min(times), "images_per_second": options.batch / median,
        "instructions": instructions, "versions": versions,
        "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }), flush=True)
