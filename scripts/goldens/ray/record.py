"""Records decisions of Ray Serve's autoscaler, unmodified, over made-up series on a simulated clock.

    python scripts/goldens/ray/record.py test/policies/golden

Needs requirements.txt beside it, and Python 3.11. Nothing is started: the functions are called in this process.
"""

import argparse
import csv
import math
import pathlib
import random
import sys

import ray
from ray.serve import autoscaling_policy
from ray.serve._private import autoscaling_state
from ray.serve._private.common import (
    RUNNING_REQUESTS_KEY,
    DeploymentHandleSource,
    DeploymentID,
    HandleMetricReport,
    ReplicaID,
    TimeStampedValue,
)
from ray.serve._private.config import DeploymentConfig
from ray.serve._private.constants import SERVE_AUTOSCALING_DECISION_COUNTERS_KEY
from ray.serve._private.deployment_info import DeploymentInfo
from ray.serve.config import AutoscalingConfig

VERSION = "2.60.0"
DEPLOYMENT = DeploymentID("stage", "pipeline")
# A clock of today's size: differences of such numbers are not exact, and the policy allows for that.
EPOCH_S = 1_700_000_000.0
CONFIG = {
    "min_replicas": 1,
    "max_replicas": 30,
    "target_ongoing_requests": 2,
    "upscaling_factor": 1.0,
    "downscaling_factor": 1.0,
    "upscale_delay_s": 30,
    "downscale_delay_s": 600,
    "downscale_to_zero_delay_s": None,
    "look_back_period_s": 30,
    "metrics_interval_s": 10,
    "aggregation_function": "mean",
}


class Clock:
    """Stands in for the `time` module."""

    now = 0.0

    def time(self):
        return EPOCH_S + self.now

    monotonic = perf_counter = time


CLOCK = Clock()
autoscaling_policy.time = CLOCK
autoscaling_state.time = CLOCK


def deployment(config):
    state = autoscaling_state.DeploymentAutoscalingState(DEPLOYMENT)
    given = {key: value for key, value in config.items() if value is not None}
    own = DeploymentConfig(autoscaling_config=AutoscalingConfig(**given))
    state.register(DeploymentInfo(own, None, 0, "job"), 1)
    return state


class Replicas:
    """Those asked for run after a while; of those removed the youngest goes first."""

    def __init__(self, count, activation_s):
        self.ready_at = {f"r{i}": 0.0 for i in range(count)}
        self.named = count
        self.activation_s = activation_s

    def running(self):
        return [name for name, at in self.ready_at.items() if at <= CLOCK.now]

    def ask(self, count):
        while len(self.ready_at) > count:
            self.ready_at.popitem()
        while len(self.ready_at) < count:
            self.ready_at[f"r{self.named}"] = CLOCK.now + self.activation_s
            self.named += 1


def ids(names):
    return [ReplicaID(name, DEPLOYMENT) for name in names]


# Series of the policy alone: name, config, replicas at first, activation, tick, ticks, load(draw, second), running(draw, count).
def steps(*pairs):
    return lambda draw, t: next(value for at, value in reversed(pairs) if t >= at)


def noise(low, high):
    return lambda draw, t: low + math.floor((high - low + 1) * draw())


POLICY = [
    ("defaults", {}, 1, 10, 1, 150, steps((0, 3), (20, 25), (100, 40)), None),
    ("short-spike", {}, 2, 10, 1, 80, steps((0, 3), (10, 50), (35, 3)), None),
    ("down", {"downscale_delay_s": 40}, 12, 10, 1, 140, steps((0, 24), (30, 7), (90, 1)), None),
    ("factors", {"upscaling_factor": 0.5, "downscaling_factor": 0.3, "upscale_delay_s": 10, "downscale_delay_s": 15},
     1, 10, 1, 200, steps((0, 60), (90, 5)), None),
    ("overshoot", {"upscaling_factor": 3, "upscale_delay_s": 5, "downscale_delay_s": 20}, 2, 30, 1, 120, steps((0, 20.5)), None),
    ("zero", {"min_replicas": 0, "upscale_delay_s": 5, "downscale_delay_s": 10, "downscale_to_zero_delay_s": 25, "upscaling_factor": 2},
     0, 10, 1, 160, steps((0, 0), (10, 6), (50, 0), (130, 1)), None),
    ("noise", {"target_ongoing_requests": 1.5, "upscale_delay_s": 0, "downscale_delay_s": 0}, 4, 10, 1, 150, noise(0, 40), None),
    ("near-target", {"upscale_delay_s": 15, "downscale_delay_s": 15}, 4, 10, 1, 150, noise(3, 21), None),
    ("bounds", {"min_replicas": 3, "max_replicas": 8, "upscale_delay_s": 3, "downscale_delay_s": 6}, 3, 4, 1, 80,
     steps((0, 40), (40, 0)), None),
    ("tenths", {"upscale_delay_s": 3, "downscale_delay_s": 8}, 1, 4, 0.1, 250, steps((0, 2), (2, 17), (12, 6)), None),
    ("lost", {"min_replicas": 0, "upscale_delay_s": 8, "downscale_delay_s": 12}, 2, 0, 1, 150, noise(0, 6), noise(0, 3)),
    ("random", {"min_replicas": 0, "upscaling_factor": 0.7, "downscaling_factor": 0.4, "upscale_delay_s": 2, "downscale_delay_s": 2},
     5, 0, 1, 250, noise(0, 30), noise(0, 12)),
]

# Series of the whole way: name, config, handles, ticks, running requests, queued ones.
PATH = [
    ("path-step", {"downscale_delay_s": 60}, 1, 200, steps((0, 2), (30, 9), (110, 1)), steps((0, 0), (30, 7), (60, 0))),
    ("path-max", {"aggregation_function": "max", "upscale_delay_s": 10, "downscale_delay_s": 40}, 1, 120, noise(0, 14), noise(0, 5)),
    ("path-short", {"look_back_period_s": 10, "metrics_interval_s": 2, "upscale_delay_s": 5, "downscale_delay_s": 30}, 1, 90,
     steps((0, 2), (20, 12), (28, 2)), steps((0, 0), (20, 9), (28, 0))),
    ("path-min", {"aggregation_function": "min", "upscale_delay_s": 10, "downscale_delay_s": 30}, 2, 120, noise(2, 20), noise(0, 3)),
    ("path-handles", {"upscale_delay_s": 10, "downscale_delay_s": 20}, 3, 120, noise(0, 18), noise(0, 6)),
]


def record_policy(name, config, count, activation_s, tick_s, ticks, load, lost):
    draw = random.Random(f"policy {name}").random
    state = deployment(config)
    replicas, target = Replicas(count, activation_s), count
    for i in range(ticks):
        CLOCK.now = round(i * tick_s, 3)
        ongoing = load(draw, CLOCK.now)
        names = replicas.running() if lost is None else [f"r{j}" for j in range(lost(draw, CLOCK.now))]
        state.update_running_replica_ids(ids(names))
        state.get_total_num_requests = lambda ongoing=ongoing: ongoing
        decision = state.get_decision_num_replicas(target)
        counter = state._policy_state.get(SERVE_AUTOSCALING_DECISION_COUNTERS_KEY, 0)
        yield [name, CLOCK.now, ongoing, len(names), target, decision, counter]
        replicas.ask(decision)
        target = decision


def record_path(name, config, handles, ticks, running, queued, reports):
    """A handle records every fifth of the look-back and pushes what is younger than that; a call a second, after the push."""
    draw = random.Random(f"path {name}").random
    state = deployment(config)
    look_back_s, push_every_s = config["look_back_period_s"], config["metrics_interval_s"]
    record_every_s = min(look_back_s / 5, push_every_s)
    replicas, target = Replicas(1, 7), 1
    points = {}
    for t in range(ticks):
        CLOCK.now = float(t)
        names = replicas.running()
        in_service, waiting = running(draw, t), queued(draw, t)
        if t % record_every_s == 0:
            for h in range(handles):
                at = t + 0.137 * h
                values = {"queued": waiting / handles, **{own: in_service / handles / len(names) for own in names}}
                for source, value in values.items():
                    points.setdefault((h, source), []).append((at, value))
        if t % push_every_s == push_every_s // 2:
            for h in range(handles):
                own = {
                    source: kept
                    for (handle, source), all_points in points.items()
                    if handle == h and (kept := [(at, value) for at, value in all_points if at >= t - look_back_s])
                }
                series = {s: [TimeStampedValue(EPOCH_S + at, value) for at, value in kept] for s, kept in own.items()}
                state.record_request_metrics_for_handle(HandleMetricReport(
                    deployment_id=DEPLOYMENT,
                    handle_id=f"h{h}",
                    actor_id="",
                    handle_source=DeploymentHandleSource.UNKNOWN,
                    queued_requests=series.get("queued", []),
                    metrics={RUNNING_REQUESTS_KEY: {ReplicaID(s, DEPLOYMENT).to_full_id_str(): kept
                                                    for s, kept in series.items() if s != "queued"}},
                    timestamp=CLOCK.time(),
                ))
                for source, kept in own.items():
                    reports.append([name, t, f"h{h}", source, " ".join(f"{at:.12g}:{value:.12g}" for at, value in kept)])
        state.update_running_replica_ids(ids(names))
        ongoing = state.get_total_num_requests()
        decision = state.get_decision_num_replicas(target)
        yield [name, t, " ".join(names), f"{ongoing:.6f}", target, decision]
        replicas.ask(decision)
        target = decision


def write(folder, name, header, rows):
    with open(folder / name, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    print(f"{name}: {len(rows)} rows")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    if ray.__version__ != VERSION:
        sys.exit(f"Ray {ray.__version__} is installed; the recordings are of {VERSION}")
    series, policy, path, reports = [], [], [], []
    for name, own, *rest in POLICY:
        config = {**CONFIG, **own}
        series.append([name, *config.values()])
        policy.extend(record_policy(name, config, *rest))
    for name, own, *rest in PATH:
        config = {**CONFIG, **own}
        series.append([name, *config.values()])
        path.extend(record_path(name, config, *rest, reports))
    write(folder, "ray-series.csv", ["series", *CONFIG], series)
    write(folder, "ray-policy.csv", ["series", "t_s", "ongoing", "running", "target", "decision", "counter"], policy)
    write(folder, "ray-path.csv", ["series", "t_s", "running_ids", "ongoing", "target", "decision"], path)
    write(folder, "ray-reports.csv", ["series", "pushed_s", "handle", "source", "points"], reports)


if __name__ == "__main__":
    main()
