/**
 * A KServe InferenceGraph. A Sequence is a chain, an Ensemble branches, a Splitter and a Switch choose one way. A step of
 * a Sequence may have a condition; where it does not hold, KServe's router answers with what is there (cmd/router).
 * Source: serving.kserve.io/v1alpha1, `spec.nodes`: `routerType` and `steps` with `serviceName`, `nodeName`, `weight`,
 * `condition`. The node `root` is the entry.
 */
import { InputError } from '../../errors.js';
import { formatNames } from '../../model/notation/offered-value.js';
import { ENTRY, type ParentEdge } from '../../model/pipeline.js';
import { isMapping } from '../entry.js';
import { always, type Intake, type IntakeStage } from './intake.js';

const ROOT = 'root';
const ROUTERS = ['Sequence', 'Splitter', 'Ensemble', 'Switch'] as const;
type Values = Readonly<Record<string, unknown>>;

/** Where a step's queries come from. Ways that exclude each other may choose again; ways side by side may not. */
interface Ways {
  readonly edges: readonly ParentEdge[];
  readonly isSideBySide: boolean;
  /** Some queries have left before the end of a Sequence, and are in no edge. */
  readonly isPartial?: boolean;
}

/**
 * @param value of the YAML document
 * @throws InputError for another kind of object, and for what a pipeline cannot express, by node
 */
export function kserveIntake(value: unknown, shown: string): Intake {
  const nodes = nodesOf(value, shown);
  const stages: IntakeStage[] = [];
  const notes = new Set<string>();
  const counts = new Map<string, number>();
  const open: string[] = [];

  const refuse = (node: string, text: string): never => {
    throw new InputError('INTAKE', `${shown}: node ${node}: ${text}`);
  };

  function service(step: Values, node: string, ways: Ways): Ways {
    const model = serviceOf(step) ?? refuse(node, 'a step has no serviceName, nodeName or serviceUrl');
    const count = (counts.get(model) ?? 0) + 1;
    counts.set(model, count);
    const name = count === 1 ? model : `${model}-${count}`;
    const condition = typeof step.condition === 'string' ? [`Taken when ${step.condition}.`] : [];
    stages.push({ stage: { name, kind: 'model', model, parents: ways.edges }, comments: condition });
    return { edges: [always(name)], isSideBySide: false };
  }

  function expand(node: string, ways: Ways): Ways {
    if (open.includes(node))
      refuse(node, `contains itself (${[...open, node].join(' > ')}), and a pipeline has no circle`);
    const { router, steps } = readNode(nodes, node, refuse);
    open.push(node);
    const follow = (step: Values, from: Ways) => {
      return typeof step.nodeName === 'string' ? expand(step.nodeName, from) : service(step, node, from);
    };
    const ends = router === 'Sequence' ? [chain()] : branches();
    open.pop();
    return {
      edges: ends.flatMap(({ edges }) => edges),
      isSideBySide: (router === 'Ensemble' && ends.length > 1) || ends.some((end) => end.isSideBySide),
      isPartial: ends.some((end) => end.isPartial),
    };

    function chain(): Ways {
      const last = steps.reduce((from, step) => {
        if (from.isPartial)
          refuse(
            node,
            'a step after a Sequence with a condition in it: what left early comes here too; draw it by hand',
          );
        return follow(step, hasCondition(step) ? mayStop(node, from) : from);
      }, ways);
      return steps.some(hasCondition) ? { ...last, isPartial: true } : last;
    }

    function branches(): readonly Ways[] {
      if (router === 'Ensemble') return steps.map((step) => follow(step, ways));
      if (ways.isSideBySide) {
        refuse(node, `a ${router} after branches side by side: each branch would choose on its own; draw it by hand`);
      }
      const shares = sharesOf(router, steps, node);
      return steps.map((step, index) => {
        // A choice right within a choice is one choice of more ways.
        const edges = ways.edges.map((edge) => {
          return { ...edge, probability: edge.probability * shares[index]!, group: edge.group ?? node };
        });
        return follow(step, { edges, isSideBySide: false });
      });
    }
  }

  /** A Sequence ends before a step whose condition does not hold: what of it goes on is not in the graph. */
  function mayStop(node: string, from: Ways): Ways {
    if (from.isSideBySide) {
      refuse(node, 'a condition after branches side by side: each branch would choose on its own; draw it by hand');
    }
    notes.add(
      `share of the queries that Sequence ${node} goes on with: its conditions read the answer; fill in each \`probability\``,
    );
    return { edges: from.edges.map((edge) => ({ ...edge, probability: Number.NaN })), isSideBySide: false };
  }

  function sharesOf(router: string, steps: readonly Values[], node: string): readonly number[] {
    if (router === 'Switch') {
      notes.add(`shares of the ways of Switch ${node}: its conditions read the answer; fill in each \`probability\``);
      return steps.map(() => Number.NaN);
    }
    const weights = steps.map(({ weight }) => (typeof weight === 'number' && weight >= 0 ? weight : Number.NaN));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    if (!(sum > 0)) refuse(node, 'each step of a Splitter must have a weight');
    return weights.map((weight) => weight / sum);
  }

  expand(ROOT, { edges: [always(ENTRY)], isSideBySide: false });
  const metadata = isMapping(value) && isMapping(value.metadata) ? value.metadata : {};
  return {
    ...(typeof metadata.name === 'string' ? { name: metadata.name } : {}),
    stages,
    profiles: [],
    kinds: [],
    notes: [
      ...notes,
      'hardware, replicas and batch limits: they stand in the InferenceServices, not in the graph',
      'service times: `infer-plan profile` measures them',
      'traffic: the trace is drawn; `infer-plan trace import` reads recorded arrivals',
    ],
  };
}

function nodesOf(value: unknown, shown: string): Values {
  const kind = isMapping(value) ? value.kind : undefined;
  const spec = isMapping(value) ? value.spec : undefined;
  if (kind !== 'InferenceGraph' || !isMapping(spec) || !isMapping(spec.nodes)) {
    throw new InputError('INTAKE', `${shown}: no InferenceGraph with spec.nodes`);
  }
  if (!Object.hasOwn(spec.nodes, ROOT)) {
    const names = formatNames(Object.keys(spec.nodes));
    throw new InputError('INTAKE', `${shown}: spec.nodes has no node ${ROOT}, only ${names}`);
  }
  return spec.nodes;
}

function readNode(nodes: Values, name: string, refuse: (node: string, text: string) => never) {
  const node = Object.hasOwn(nodes, name) ? nodes[name] : undefined;
  if (!isMapping(node)) return refuse(name, 'is named by a step, and is not in spec.nodes');
  const router = ROUTERS.find((known) => known === node.routerType);
  if (router === undefined) return refuse(name, `routerType must be one of ${ROUTERS.join(', ')}`);
  const steps = Array.isArray(node.steps) ? node.steps.filter(isMapping) : [];
  if (steps.length === 0) return refuse(name, 'has no steps');
  return { router, steps };
}

function hasCondition({ condition }: Values): boolean {
  return typeof condition === 'string' && condition !== '';
}

/** The service, or of a URL the first label of its host. */
function serviceOf({ serviceName, serviceUrl }: Values): string | undefined {
  if (typeof serviceName === 'string' && serviceName !== '') return serviceName;
  if (typeof serviceUrl !== 'string') return undefined;
  return URL.canParse(serviceUrl) ? new URL(serviceUrl).hostname.split('.')[0] : undefined;
}
