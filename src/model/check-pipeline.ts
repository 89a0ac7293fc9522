/** Checks of a pipeline as a whole: names, edges, groups, cycles and reach. */
import { didYouMean } from './notation/nearest-name.js';
import { formatNames, formatOffered } from './notation/offered-value.js';
import { orderStages } from './order-stages.js';
import {
  ENTRY,
  MOST_ITEMS,
  MOST_ITEMS_IN_ALL,
  meanItems,
  mostItems,
  type ParentEdge,
  type Pipeline,
  type Stage,
} from './pipeline.js';

/** Letters, digits, `-`, `_` and `.`, so that a name can stand in a flag, a file name and a label. */
export const STAGE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

const MOST_COMPARED = 50;
/** Probabilities of decimal text do not add up exactly in binary. */
const SUM_TOLERANCE = 1e-9;

/** One problem: its place as keys and list indices, and the rest of the line (`= a, must be …`). */
export interface PipelineProblem {
  readonly path: readonly (string | number)[];
  readonly text: string;
}

/**
 * Checks names, parents, exclusive groups, cycles, and stages that no query reaches. Stages may be in any order. An
 * empty name is skipped: it stands for a name that could not be read.
 */
export function checkPipeline(stages: readonly Stage[]): readonly PipelineProblem[] {
  const local = [...checkNames(stages), ...checkParents(stages), ...checkGroups(stages)];
  const cycles = checkCycles(stages);
  // A cycle or an unknown parent cuts off stages that are otherwise well linked, so reach is checked only without them.
  const isLinked = local.length === 0 && cycles.length === 0;
  return [...local, ...cycles, ...(isLinked ? [...checkReach(stages), ...checkItems(stages)] : [])];
}

function checkNames(stages: readonly Stage[]): PipelineProblem[] {
  const problems: PipelineProblem[] = [];
  const first = new Map<string, number>();
  stages.forEach(({ name }, index) => {
    const path = ['stages', index, 'name'];
    const earlier = first.get(name);
    if (name === '') return;
    if (name === ENTRY) {
      problems.push({ path, text: `= ${ENTRY}, must be another name: ${ENTRY} stands for the pipeline's entry` });
    } else if (!STAGE_NAME.test(name)) {
      const allowed = 'letters, digits, - _ and ., beginning with a letter or a digit, at most 100 in all';
      problems.push({ path, text: `= ${formatOffered(name)}, must be ${allowed}` });
    } else if (earlier !== undefined) {
      problems.push({ path, text: `= ${name}, must be unique: stages[${earlier}] has the same name` });
    } else {
      first.set(name, index);
    }
  });
  return problems;
}

function checkParents(stages: readonly Stage[]): PipelineProblem[] {
  const problems: PipelineProblem[] = [];
  const names = [ENTRY, ...stages.map(({ name }) => name)];
  const known = new Set(names);
  stages.forEach((stage, index) => {
    const first = new Map<string, number>();
    stage.parents.forEach(({ from }, edge) => {
      if (from === '') return;
      const path = ['stages', index, 'parents', edge];
      const earlier = first.get(from);
      if (!known.has(from)) {
        // Of many unknown names only the first are compared with all known ones.
        const others = problems.length < MOST_COMPARED ? names.filter((name) => name !== stage.name) : [];
        const nearest = didYouMean(from, others) || `: ${formatNames(others)}`;
        problems.push({ path, text: `= ${formatOffered(from)}, must be ${ENTRY} or another stage${nearest}` });
      } else if (earlier !== undefined) {
        problems.push({ path, text: `= ${from}, must be one edge per parent: parents[${earlier}] comes from it too` });
      } else {
        first.set(from, edge);
      }
    });
  });
  return problems;
}

function checkGroups(stages: readonly Stage[]): PipelineProblem[] {
  const groups = new Map<string, { edge: ParentEdge; path: (string | number)[] }[]>();
  stages.forEach((stage, index) => {
    stage.parents.forEach((edge, place) => {
      if (edge.group === undefined) return;
      const key = JSON.stringify([edge.from, edge.group]);
      const member = { edge, path: ['stages', index, 'parents', place, 'group'] };
      const members = groups.get(key);
      if (members === undefined) groups.set(key, [member]);
      else members.push(member);
    });
  });
  const problems: PipelineProblem[] = [];
  for (const members of groups.values()) {
    const { edge, path } = members.at(-1)!;
    if (new Set(members.map((member) => member.edge.per ?? 'query')).size > 1) {
      problems.push({ path, text: `= ${edge.group}: its edges from ${edge.from} must all have the same \`per\`` });
    }
    const sum = members.reduce((total, member) => total + member.edge.probability, 0);
    if (!(sum > 1 + SUM_TOLERANCE)) continue;
    const terms = members.map((member) => member.edge.probability).join(' + ');
    const text = `= ${edge.group}: the probabilities of its edges from ${edge.from} sum to ${terms} = ${rounded(sum)}, must be at most 1`;
    problems.push({ path, text });
  }
  return problems;
}

function checkCycles(stages: readonly Stage[]): PipelineProblem[] {
  return orderStages(stages).cycles.map((cycle) => ({
    path: ['stages', stages.findIndex(({ name }) => name === cycle[0]), 'parents'],
    text: `close a cycle: ${[...cycle, cycle[0]].join(' -> ')}`,
  }));
}

function checkReach(stages: readonly Stage[]): PipelineProblem[] {
  const reached = new Set<string>([ENTRY]);
  for (const stage of orderStages(stages).stages) {
    // An edge that could not be read (no parents, NaN) counts as reaching, so that one slip is reported once.
    const reaches = ({ from, probability }: ParentEdge) => probability !== 0 && (from === '' || reached.has(from));
    if (stage.parents.length === 0 || stage.parents.some(reaches)) reached.add(stage.name);
  }
  return stages.flatMap((stage, index) => {
    if (reached.has(stage.name)) return [];
    const isCut = stage.parents.every(({ probability }) => probability === 0);
    const reason = isCut ? 'every edge into it has probability 0' : 'no query reaches any of its parents';
    return [{ path: ['stages', index, 'name'], text: `= ${stage.name}, must be reached by some query: ${reason}` }];
  });
}

/** Routes keep items of a query in 16 bits. The first stage that could have more is reported, not those behind it. */
function checkItems(stages: readonly Stage[]): PipelineProblem[] {
  const items = mostItems(orderStages(stages).stages);
  const inAll = stages.reduce((sum, { name }) => sum + items.get(name)!, 0);
  if (inAll > MOST_ITEMS_IN_ALL && stages.every(({ name }) => items.get(name)! <= MOST_ITEMS)) {
    const text = `could have ${inAll} items of one query in all (fan_out), must have at most ${MOST_ITEMS_IN_ALL}`;
    return [{ path: ['stages'], text }];
  }
  return stages.flatMap(({ name, parents }, index) => {
    const most = items.get(name)!;
    const isFirst = parents.every(({ from }) => !(items.get(from)! > MOST_ITEMS));
    if (!(most > MOST_ITEMS) || !isFirst) return [];
    const text = `= ${name}: a query could have ${most} items there, must be at most ${MOST_ITEMS}`;
    return [{ path: ['stages', index, 'name'], text }];
  });
}

/** Where a whole trace is held in memory: most items of it at a stage beyond one of each query. */
const MOST_FURTHER_ITEMS = 2 ** 24;

/** One line per stage to which a trace of so many queries brings more items than a search can hold. */
export function checkTraceItems(pipeline: Pipeline, queries: number): string[] {
  const mean = meanItems(pipeline);
  return pipeline.stages.flatMap(({ name }) => {
    const items = mean.get(name)!;
    if (queries * (items - 1) <= MOST_FURTHER_ITEMS) return [];
    const given = `${queries} queries with about ${rounded(items)} items each (fan_out)`;
    const most = Math.max(1, Math.floor(MOST_FURTHER_ITEMS / (items - 1)));
    return [`stage ${name}: ${given}, must be at most ${most} queries with so many`];
  });
}

function rounded(sum: number): number {
  return Number(sum.toPrecision(12));
}
