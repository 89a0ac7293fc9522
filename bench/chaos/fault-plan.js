/** Which faults, when and for how long: drawn from a seed, so that a run can be thrown again. */
import { HTTP_FAULTS } from './http-faults.js';
import { STAGES } from './scene.js';

/** Kinds that are not in what goes over the wire, with their weights among the faults. */
const OTHERS = {
  'kill serve': 5,
  'freeze serve': 5,
  'kill tune': 6,
  'freeze tune': 5,
  'end tune': 3,
  'arrivals clock forward': 3,
  'arrivals clock back': 3,
  'wall clock jump': 4,
  'change by hand': 9,
  'kill a replica': 3,
  'full disk': 4,
};
/** Of a hundred faults. */
const HTTP_WEIGHT = 50;

const LONGEST_PAUSE_MS = 1100;
const LONGEST_MS = 1500;
/** Longer than the tuner waits for a reading, and than it takes it to believe a change by hand. */
const PATIENCE_MS = 6000;

/** What ends the tuner, by intent. */
const MORTAL = ['kill tune', 'end tune', 'full disk', 'another pipeline'];

/**
 * @param options `count` of the faults; `random` draws from [0, 1); `isMortal` whether the tuner may be killed or ended by them
 * @returns faults `{ kind, call, stage, forMs, pauseMs, draw }`: `stage` is the one whose changes it meets, undefined for any, `pauseMs` the time to the next fault, `draw` a number of its own in [0, 1)
 */
export function faultPlan({ count, random, isMortal }) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const isThrown = (kind) => isMortal || !MORTAL.includes(kind);
  const others = Object.entries(OTHERS).flatMap(([kind, weight]) => (isThrown(kind) ? Array(weight).fill(kind) : []));
  const wire = Object.keys(HTTP_FAULTS).filter(isThrown);
  return Array.from({ length: count }, () => {
    const isWire = random() * (HTTP_WEIGHT + others.length) < HTTP_WEIGHT;
    const kind = isWire ? pick(wire) : pick(others);
    const isLong = random() < 0.02;
    const isNoticed = kind === 'change by hand' && random() < 0.3;
    return {
      kind,
      call: isWire ? pick(HTTP_FAULTS[kind].calls) : undefined,
      stage: pick([...STAGES, undefined]),
      forMs: isLong ? PATIENCE_MS : 30 + random() * random() * LONGEST_MS,
      pauseMs: isNoticed ? PATIENCE_MS : 200 + random() * (LONGEST_PAUSE_MS - 200),
      draw: random(),
    };
  });
}
