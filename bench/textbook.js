/**
 * The estimator's rules as a textbook event loop: a heap of event objects, one object a query, one a batch. For pipelines in
 * which every query visits every stage with one item; service times are at least 1 µs.
 */

/**
 * @param stages parents as indices (-1 is the entry), serviceUs by batch size, maxBatchSize, replicas
 * @returns latency of each query in µs, and the number of batches of each stage
 */
export function runTextbook({ stages, arrivalsUs }) {
  const children = stages.map((_, s) => stages.flatMap(({ parents }, c) => (parents.includes(s) ? [c] : [])));
  const entered = stages.flatMap(({ parents }, c) => (parents.includes(-1) ? [c] : []));
  const state = stages.map((stage) => ({ ...stage, queue: [], next: 0, free: stage.replicas, batches: 0 }));
  const latenciesUs = new Float64Array(arrivalsUs.length);
  const events = new Heap();
  let sequence = 0;
  const schedule = (timeUs, kind, what) => events.push({ timeUs, kind, sequence: sequence++, what });

  const enter = (s, query, nowUs) => {
    query.waitsFor[s]--;
    if (query.waitsFor[s] > 0) return;
    const { queue, next } = state[s];
    const item = { query, enteredUs: nowUs };
    let place = queue.length;
    while (place > next && queue[place - 1].enteredUs === nowUs && queue[place - 1].query.number > query.number)
      place--;
    if (place === queue.length) queue.push(item);
    else queue.splice(place, 0, item);
  };
  const arrive = (number) => {
    const query = { number, arrivalUs: arrivalsUs[number], waitsFor: stages.map(({ parents }) => parents.length) };
    for (const s of entered) enter(s, query, query.arrivalUs);
    if (number + 1 < arrivalsUs.length) schedule(arrivalsUs[number + 1], ARRIVAL, number + 1);
  };
  const complete = ({ s, items }, nowUs) => {
    state[s].free++;
    for (const { query } of items) {
      latenciesUs[query.number] = Math.max(latenciesUs[query.number], nowUs - query.arrivalUs);
      for (const c of children[s]) enter(c, query, nowUs);
    }
  };
  const dispatch = (stage, s, nowUs) => {
    while (stage.free > 0 && stage.next < stage.queue.length) {
      const items = stage.queue.slice(stage.next, stage.next + stage.maxBatchSize);
      stage.next += items.length;
      if (stage.next > 1024) {
        stage.queue.splice(0, stage.next);
        stage.next = 0;
      }
      stage.free--;
      stage.batches++;
      schedule(nowUs + stage.serviceUs[items.length], COMPLETION, { s, items });
    }
  };

  if (arrivalsUs.length > 0) schedule(arrivalsUs[0], ARRIVAL, 0);
  while (events.size > 0) {
    const nowUs = events.top.timeUs;
    while (events.size > 0 && events.top.timeUs === nowUs) {
      const { kind, what } = events.pop();
      if (kind === COMPLETION) complete(what, nowUs);
      else arrive(what);
    }
    state.forEach((stage, s) => {
      dispatch(stage, s, nowUs);
    });
  }
  return { latenciesUs, batches: state.map(({ batches }) => batches) };
}

/** In the order in which they are handled at one instant. */
const COMPLETION = 0;
const ARRIVAL = 1;

class Heap {
  #events = [];

  get size() {
    return this.#events.length;
  }

  get top() {
    return this.#events[0];
  }

  push(event) {
    const events = this.#events;
    let place = events.length;
    events.push(event);
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(event, events[parent])) break;
      events[place] = events[parent];
      place = parent;
    }
    events[place] = event;
  }

  pop() {
    const events = this.#events;
    const top = events[0];
    const last = events.pop();
    if (events.length === 0) return top;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && isBefore(events[child + 1], events[child])) child++;
      if (!isBefore(events[child], last)) break;
      events[place] = events[child];
      place = child;
    }
    events[place] = last;
    return top;
  }
}

function isBefore(a, b) {
  return (a.timeUs - b.timeUs || a.kind - b.kind || a.sequence - b.sequence) < 0;
}
