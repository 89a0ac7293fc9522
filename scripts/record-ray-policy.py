"""Records decisions of Ray Serve's own autoscaling policy, for test/policies/ray-recorded.test.ts.

    python -m venv ray && ray/bin/pip install 'ray[serve]==2.60.0'
    ray/bin/python scripts/record-ray-policy.py > test/fixtures/autoscalers/ray-policy.csv

The policy is the unmodified `replica_queue_length_autoscaling_policy`; only its clock is replaced. Load is a seeded walk.
Replicas asked for run `activation_s` later, removals are at once, starting ones first. The bounds are applied here.
"""

import csv
import random
import sys
import types

import ray
from ray.serve import autoscaling_policy
from ray.serve.config import AutoscalingConfig

COUNTER = autoscaling_policy.SERVE_AUTOSCALING_DECISION_COUNTERS_KEY
TICKS = 120

# name: settings, activation delay, largest load per target replica
SEQUENCES = {
    "defaults with short delays": (dict(upscale_delay_s=5, downscale_delay_s=20), 10, 12),
    "factors": (dict(upscaling_factor=0.5, downscaling_factor=0.3, upscale_delay_s=3, downscale_delay_s=6), 10, 14),
    "no delays": (dict(target_ongoing_requests=1.5, upscale_delay_s=0, downscale_delay_s=0), 4, 9),
    "to zero": (dict(min_replicas=0, initial_replicas=1, upscaling_factor=3, upscale_delay_s=2, downscale_delay_s=4), 6, 3),
    "slow replicas": (dict(upscaling_factor=2, upscale_delay_s=4, downscale_delay_s=15, max_replicas=12), 40, 16),
}


def run(name, settings, activation_s, largest):
    config = AutoscalingConfig(**{"min_replicas": 1, "max_replicas": 30, "target_ongoing_requests": 2, **settings})
    load = random.Random(name)
    policy = autoscaling_policy._apply_autoscaling_config(autoscaling_policy.replica_queue_length_autoscaling_policy)
    ready, starting, state, level = 1, [], {}, 1.0
    for now in range(TICKS):
        ready += len([at for at in starting if at <= now])
        starting = [at for at in starting if at > now]
        if load.random() < 0.08:
            level = load.choice([0, 0, 0.3, 1, largest * load.random()])
        ongoing = round(level * 2 * (0.8 + 0.4 * load.random()), 3)
        target = ready + len(starting)
        autoscaling_policy.time = types.SimpleNamespace(time=lambda: float(now))
        context = types.SimpleNamespace(
            current_num_replicas=ready,
            target_num_replicas=target,
            total_num_requests=ongoing,
            policy_state=state,
            config=config,
        )
        wanted, state = policy(context)
        decision = max(config.min_replicas, min(config.max_replicas, wanted))
        yield [name, now, ongoing, ready, target, decision, state.get(COUNTER, 0)]
        starting += [now + activation_s] * max(0, decision - target)
        gone = max(0, target - decision)
        kept = max(0, len(starting) - gone)
        ready -= gone - (len(starting) - kept)
        starting = starting[:kept]


def main():
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["sequence", "at_s", "ongoing", "running", "target", "decision", "counter", f"ray_{ray.__version__}"])
    for name, given in SEQUENCES.items():
        out.writerows(run(name, *given))


main()
