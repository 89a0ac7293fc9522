"""Measures the CPU rows of profiles/measured.csv: service time of one replica, one batch at a time, in a tight loop.

    python scripts/measure-cpu-profiles.py --hardware cpu-2 --threads 2 --machine "2 vCPU ..." --models resnet50-v1.5

Samples come in blocks of about a second. A block during which other processes (or the hypervisor) took more than
--foreign CPUs is thrown away, and the next one waits for a quiet moment; a batch size that finds too little quiet time is left
out and named at the end.
Rows of the same model and hardware in the output are replaced. Needs Linux and scripts/requirements.txt.
"""

import argparse
import csv
import datetime
import importlib.metadata
import math
import os
import pathlib
import resource
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
COLUMNS = ["model", "hardware", "batch_size", "mean_ms", "p50_ms", "p95_ms", "p99_ms", "samples", "runtime", "source"]
SAMPLE_COLUMNS = ["model", "hardware", "batch_size", "service_time_ms"]
BLOCK_S = 1.0
PROBE_S = 0.5
WARM_UP_S = 1.0
MIN_WARM_UP_CALLS = 3
MAX_SAMPLES = 100


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hardware", required=True, help="name in profiles/hardware.yaml")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--machine", required=True, help="class of the measuring machine, for the source column")
    parser.add_argument("--models", nargs="+", required=True)
    parser.add_argument("--batch-sizes", default="1,2,4,8,16")
    parser.add_argument("--seconds", type=float, default=4, help="undisturbed time per batch size (default 4)")
    parser.add_argument("--min-samples", type=int, default=10, help="samples per batch size, at least (default 10)")
    parser.add_argument("--patience", type=float, default=90, help="seconds per batch size before giving up (default 90)")
    parser.add_argument("--foreign", type=float, default=0.1, help="CPUs that others may take (default 0.1)")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "profiles" / "measured.csv")
    parser.add_argument("--samples", type=pathlib.Path, default=ROOT / "profiles" / "measured.samples.csv")
    return parser.parse_args()


def machine_busy_s():
    """CPU seconds that anyone has used since boot, stolen time included."""
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(
        int, pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    )
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def own_busy_s():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def while_watching(action):
    """What `action` returns, how long it took, and how many CPUs others took meanwhile."""
    began, foreign_before = time.perf_counter(), machine_busy_s() - own_busy_s()
    result = action()
    took_s = time.perf_counter() - began
    return result, took_s, (machine_busy_s() - own_busy_s() - foreign_before) / took_s


def wait_for_quiet(options, deadline):
    while time.perf_counter() < deadline:
        _, _, foreign_cpus = while_watching(lambda: time.sleep(PROBE_S))
        if foreign_cpus <= options.foreign:
            return


def timed_calls(call, duration_s, min_calls=1):
    """Service times in ms of calls one after another."""
    began, times = time.perf_counter(), []
    while len(times) < min_calls or time.perf_counter() - began < duration_s:
        before = time.perf_counter_ns()
        call()
        times.append((time.perf_counter_ns() - before) / 1e6)
    return times


def measure(call, options):
    """Undisturbed service times in ms (none where too few were found), and the share of blocks thrown away."""
    deadline = time.perf_counter() + options.patience
    wait_for_quiet(options, deadline)
    timed_calls(call, WARM_UP_S, MIN_WARM_UP_CALLS)
    kept, kept_s, blocks, disturbed = [], 0.0, 0, 0
    while (len(kept) < options.min_samples or kept_s < options.seconds) and time.perf_counter() < deadline:
        block, took_s, foreign_cpus = while_watching(lambda: timed_calls(call, BLOCK_S))
        blocks += 1
        if foreign_cpus <= options.foreign:
            kept += block
            kept_s += took_s
        else:
            disturbed += 1
            wait_for_quiet(options, deadline)
    enough = len(kept) >= options.min_samples and kept_s >= options.seconds
    return (kept if enough else []), disturbed / max(1, blocks)


def nearest_rank(ascending, share):
    return ascending[max(0, math.ceil(share * len(ascending)) - 1)]


def summary(samples):
    ascending = sorted(samples)
    numbers = [sum(ascending) / len(ascending), *(nearest_rank(ascending, share) for share in (0.5, 0.95, 0.99))]
    return [f"{number:.3f}" for number in numbers]


def thinned(samples):
    """At most MAX_SAMPLES of them, evenly over time."""
    step = max(1, math.ceil(len(samples) / MAX_SAMPLES))
    return samples[::step]


def rewrite(path, columns, model, hardware, rows):
    """Puts `rows` in the place of what `path` holds for this model and hardware."""
    kept = []
    if path.exists():
        with path.open(newline="") as file:
            kept = [row for row in list(csv.reader(file))[1:] if row[:2] != [model, hardware]]
    partial = path.with_suffix(".tmp")
    with partial.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([columns, *kept, *rows])
    partial.replace(path)


def main():
    options = arguments()
    import torch

    torch.set_num_threads(options.threads)
    import cpu_workloads

    today = datetime.date.today().isoformat()
    source = f"measured: scripts/measure-cpu-profiles.py; {options.machine}; {today}"
    left_out = []
    for model in options.models:
        build, library = cpu_workloads.WORKLOADS[model]
        prepare = build(options.threads)
        threads = f"{options.threads} thread{'s' if options.threads > 1 else ''}"
        runtime = f"{library} {importlib.metadata.version(library)} {'eager fp32 ' if library == 'torch' else ''}{threads}"
        rows, sample_rows = [], []
        for size in map(int, options.batch_sizes.split(",")):
            samples, disturbed = measure(prepare(size), options)
            line = f"{model} {options.hardware} batch {size}: {disturbed:.0%} of blocks disturbed"
            if not samples:
                left_out.append(line)
                continue
            rows.append([model, options.hardware, size, *summary(samples), len(samples), runtime, source])
            sample_rows += [[model, options.hardware, size, f"{ms:.3f}"] for ms in thinned(samples)]
            print(line, *rows[-1][3:8], file=sys.stderr, flush=True)
        rewrite(options.out, COLUMNS, model, options.hardware, rows)
        rewrite(options.samples, SAMPLE_COLUMNS, model, options.hardware, sample_rows)
    for line in left_out:
        print(f"left out, no quiet time: {line}", file=sys.stderr)
    sys.exit(1 if left_out else 0)


if __name__ == "__main__":
    main()
