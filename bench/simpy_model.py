"""The benchmark's pipeline in SimPy: a store per stage, a process per replica, an object per query.

Reads {"stages": [{"parents", "serviceUs", "maxBatchSize", "replicas"}], "arrivalsUs"} from standard input and prints
{"version", "seconds", "meanUs"}.
"""

import json
import sys
import time

import simpy


class Query:
    def __init__(self, arrival, parents):
        self.arrival = arrival
        self.waits_for = list(parents)
        self.end = arrival


def main():
    given = json.load(sys.stdin)
    stages, arrivals = given["stages"], given["arrivalsUs"]
    parents = [len(stage["parents"]) for stage in stages]
    children = {p: [c for c, stage in enumerate(stages) if p in stage["parents"]] for p in range(-1, len(stages))}
    env = simpy.Environment()
    queues = [simpy.Store(env) for _ in stages]
    queries = []

    def pass_on(query, after):
        for child in children[after]:
            query.waits_for[child] -= 1
            if query.waits_for[child] == 0:
                queues[child].put(query)

    def replica(s):
        service, most, queue = stages[s]["serviceUs"], stages[s]["maxBatchSize"], queues[s]
        while True:
            batch = [(yield queue.get())]
            while queue.items and len(batch) < most:
                batch.append(queue.items.pop(0))
            yield env.timeout(service[len(batch)])
            for query in batch:
                query.end = env.now
                pass_on(query, s)

    def source():
        for arrival in arrivals:
            yield env.timeout(arrival - env.now)
            query = Query(arrival, parents)
            queries.append(query)
            pass_on(query, -1)

    for s, stage in enumerate(stages):
        for _ in range(stage["replicas"]):
            env.process(replica(s))
    env.process(source())
    start = time.process_time()
    env.run()
    seconds = time.process_time() - start
    mean = sum(query.end - query.arrival for query in queries) / len(queries)
    print(json.dumps({"version": simpy.__version__, "seconds": seconds, "meanUs": mean}))


main()
