/** Reads the stages of a pipeline file one by one; `checkPipeline` checks how they fit together. */
import { resolve } from 'node:path';
import { EDGE_TAKERS, ENTRY, type FanOut, MOST_ITEMS, type ParentEdge, type Stage } from '../../model/pipeline.js';
import {
  addProblem,
  durationMs,
  type Entry,
  fields,
  integerWithin,
  isMapping,
  items,
  numberWithin,
  oneOf,
  pairs,
  pathText,
  refuse,
  text,
} from '../entry.js';
import { LONGEST_MS, MOST_REPLICAS, MOST_STAGES, SHORTEST_MS } from '../limits.js';

const SHARE_TOLERANCE = 1e-9;
const ALWAYS_ENTERED: ParentEdge = { from: ENTRY, probability: 1, fanOut: 1 };

/** The stages in file order, with paths relative to `folder`. Adds problems to the entry's file. */
export function readStages(entry: Entry, folder: string): readonly Stage[] {
  const list = items(entry, 'stages');
  if (list.length > MOST_STAGES) {
    refuse({ ...entry, value: list.length }, `at most ${MOST_STAGES} stages`);
    return [];
  }
  return list.map((stage) => readStage(stage, folder));
}

const STAGE_KEYS = ['kind', 'model', 'module', 'batch_timeout', 'parents', 'min_replicas', 'activation_delay'] as const;

function readStage(entry: Entry, folder: string): Stage {
  const field = fields(entry, ['name'], STAGE_KEYS);
  const name = text(field.name);
  const timeout = field.batch_timeout;
  return {
    name,
    kind: field.kind === undefined ? 'model' : oneOf(field.kind, ['model', 'transform']),
    model: field.model === undefined ? name : text(field.model),
    parents: field.parents === undefined ? [ALWAYS_ENTERED] : readParents(field.parents),
    ...(field.module === undefined
      ? {}
      : { module: resolve(folder, pathText(field.module, 'the path of a JavaScript module')) }),
    ...(timeout === undefined
      ? {}
      : {
          batchTimeoutMs: durationMs(
            timeout,
            (ms) => ms >= SHORTEST_MS && ms <= LONGEST_MS,
            'more than 0 and at most 1d',
          ),
        }),
    ...(field.min_replicas === undefined ? {} : { minReplicas: integerWithin(field.min_replicas, 1, MOST_REPLICAS) }),
    ...(field.activation_delay === undefined
      ? {}
      : { activationDelayMs: durationMs(field.activation_delay, (ms) => ms >= 0 && ms <= LONGEST_MS, 'at most 1d') }),
  };
}

function readParents(entry: Entry): readonly ParentEdge[] {
  return items(entry, `parents; leave it out for a stage that every query enters`).map(readEdge);
}

function readEdge(entry: Entry): ParentEdge {
  if (typeof entry.value === 'string') return { from: text(entry), probability: 1, fanOut: 1 };
  const field = fields(entry, ['from'], ['probability', 'fan_out', 'group', 'per']);
  const isRatio = (value: number) => value >= 0 && value <= 1;
  return {
    from: text(field.from),
    probability: field.probability === undefined ? 1 : numberWithin(field.probability, isRatio, 'between 0 and 1'),
    fanOut: field.fan_out === undefined ? 1 : readFanOut(field.fan_out),
    ...(field.group === undefined ? {} : { group: text(field.group) }),
    ...(field.per === undefined ? {} : { per: oneOf(field.per, EDGE_TAKERS) }),
  };
}

function readFanOut(entry: Entry): FanOut {
  if (typeof entry.value !== 'object') return integerWithin(entry, 1, MOST_ITEMS);
  const isShare = (value: number) => value > 0 && value <= 1;
  const outcomes = pairs(entry, 'an integer or a distribution such as {1: 0.6, 2: 0.4}').map(([key, share]) => {
    const count = Number(key);
    if (!/^[1-9]\d*$/.test(key) || count > MOST_ITEMS) {
      refuse({ ...entry, value: key }, `counts between 1 and ${MOST_ITEMS} with their shares`);
    }
    return { items: count, share: numberWithin(share, isShare, 'more than 0 and at most 1') };
  });
  const sum = outcomes.reduce((total, { share }) => total + share, 0);
  if (isMapping(entry.value) && Math.abs(sum - 1) > SHARE_TOLERANCE) {
    addProblem(entry.file, entry.path, `= shares that sum to ${Number(sum.toPrecision(12))}, must sum to 1`);
  }
  return outcomes.sort((a, b) => a.items - b.items);
}
