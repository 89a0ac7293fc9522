/**
 * Knative's settings: annotations of a revision (with or without `autoscaling.knative.dev/`), keys of
 * `config-autoscaler`, and `containerConcurrency`. Numbers may stand in quotes, as in annotations they must.
 */
import type { KnativeOwn } from '../../policies/knative.js';
import { sFromMs } from '../../units.js';
import { durationMs, type Entry, entryAt, fields, oneOf, pairs, refuse } from '../entry.js';

const PREFIX = 'autoscaling.knative.dev/';
const AGGREGATIONS = ['linear', 'weighted-exponential'] as const;
const SHORTEST_WINDOW_S = 6;
const LONGEST_WINDOW_S = 3600;

type Reader = (entry: Entry) => Partial<KnativeOwn>;

/** A number, or text that is one. */
function number(entry: Entry, least: number, most: number): number {
  const { value } = entry;
  const found = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof found === 'number' && found >= least && found <= most) return found;
  refuse(entry, `a number from ${least} to ${most}`);
  return Number.NaN;
}

function seconds(entry: Entry, least: number, most: number): number {
  const isAllowed = (ms: number) => sFromMs(ms) >= least && sFromMs(ms) <= most;
  return Math.round(sFromMs(durationMs(entry, isAllowed, `from ${least}s to ${most}s`)));
}

const window: Reader = (entry) => ({ stableWindowS: seconds(entry, SHORTEST_WINDOW_S, LONGEST_WINDOW_S) });
const panicWindow: Reader = (entry) => ({ panicWindowShare: number(entry, 1, 100) / 100 });
const panicThreshold: Reader = (entry) => ({ panicThreshold: number(entry, 110, 1000) / 100 });
const utilization: Reader = (entry) => ({ utilization: share(number(entry, 0.01, 100)) });
/** 70 and 0.7 are the same. */
const share = (value: number) => (value > 1 ? value / 100 : value);

const READERS: Readonly<Record<string, Reader>> = {
  target: (entry) => ({ target: number(entry, 0.01, 1e6) }),
  metric: (entry) => ({ metric: oneOf(entry, ['concurrency', 'rps']) }),
  'target-utilization-percentage': utilization,
  'container-concurrency-target-percentage': utilization,
  containerConcurrency: (entry) => ({ containerConcurrency: number(entry, 0, 1000) }),
  window,
  'stable-window': window,
  'panic-window-percentage': panicWindow,
  'panic-threshold-percentage': panicThreshold,
  'max-scale-up-rate': (entry) => ({ maxScaleUpRate: number(entry, 1.01, 1e6) }),
  'max-scale-down-rate': (entry) => ({ maxScaleDownRate: number(entry, 1.01, 1e6) }),
  'scale-down-delay': (entry) => ({ scaleDownDelayS: seconds(entry, 0, LONGEST_WINDOW_S) }),
  'activation-scale': (entry) => ({ activationScale: number(entry, 1, 1e6) }),
  'target-burst-capacity': (entry) => ({ targetBurstCapacity: number(entry, -1, 1e6) }),
  'min-scale': (entry) => ({ minScale: number(entry, 0, 1e6) }),
  'max-scale': (entry) => ({ maxScale: number(entry, 0, 1e6) }),
  'scale-to-zero-grace-period': (entry) => ({ scaleToZeroGraceS: seconds(entry, SHORTEST_WINDOW_S, LONGEST_WINDOW_S) }),
  'metric-aggregation-algorithm': (entry) => ({ aggregation: oneOf(entry, AGGREGATIONS) }),
};

export function readKnative(entry: Entry): KnativeOwn {
  const { file, path } = entry;
  const given = pairs(entry, 'a mapping of annotations or settings');
  const plain = Object.fromEntries(given.map(([key, { value }]) => [withoutPrefix(key), value]));
  fields(entryAt(file, path, plain), [], Object.keys(READERS));
  return Object.assign({}, ...given.map(([key, one]) => READERS[withoutPrefix(key)]?.(one) ?? {})) as KnativeOwn;
}

function withoutPrefix(key: string): string {
  return key.startsWith(PREFIX) ? key.slice(PREFIX.length) : key;
}
