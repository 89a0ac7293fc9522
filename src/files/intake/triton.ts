/**
 * A model repository of Triton. An ensemble gives the edges: a step that reads a tensor which another step writes comes
 * after it. Models that no ensemble uses stand alone, and can be a pipeline only one at a time.
 * Source: Triton's model configuration (model_config.proto): `ensemble_scheduling.step`, `max_batch_size`,
 * `dynamic_batching`, `instance_group`.
 */
import { InputError } from '../../errors.js';
import { formatNames } from '../../model/notation/offered-value.js';
import { ENTRY } from '../../model/pipeline.js';
import { always, type Intake, type IntakeKind, type IntakeStage, inTopologicalOrder } from './intake.js';
import { parseTextFormat, type TextMessage, type TextValue } from './text-format.js';

const US_PER_MS = 1000;
const MOST_STEPS = 1000;
/** Of a model without a config.pbtxt. */
const COMPLETED: TextMessage = new Map();

/** One model of the repository. */
export interface TritonModel {
  /** The name of its folder. */
  readonly name: string;
  /** Its config.pbtxt, and how to name it in errors. Undefined where Triton completes the configuration itself. */
  readonly config: string | undefined;
  readonly shown: string;
}

/**
 * @param shown the repository, in errors
 * @param pick the ensemble, or the model, to make a pipeline of, where there are several
 * @throws InputError for a configuration that cannot be read, and where `pick` is needed or names nothing
 */
export function tritonIntake(shown: string, models: readonly TritonModel[], pick?: string): Intake {
  const configs = new Map(
    models.map(({ name, config, shown }) => [name, config === undefined ? COMPLETED : parseTextFormat(shown, config)]),
  );
  const root = chosen(shown, configs, pick);
  const config = configs.get(root)!;
  const used = new Set([root]);
  const isEnsemble = ensembleSteps(config) !== undefined;
  const stages = isEnsemble
    ? ensembleStages(flatSteps(shown, root, configs, used), configs)
    : [stageOf(root, root, config, [])];
  const others = [...configs.keys()].filter((name) => !used.has(name));
  const kinds = new Set(stages.flatMap(({ stage }) => kindOf(configs.get(stage.model))));
  return {
    name: root,
    stages: inTopologicalOrder(stages),
    profiles: [],
    kinds: [...kinds].map((kind): IntakeKind => ({ name: kind, kind })),
    notes: [
      'service times: measure them with `infer-plan profile --target oip:URL`, or take them from Model Analyzer or perf_analyzer',
      'traffic: the trace is drawn; `infer-plan trace import` reads recorded arrivals',
      'probabilities: an ensemble runs every step for every query, so each edge is always taken',
      ...(others.length === 0 ? [] : [`models that ${root} does not use were left out: ${formatNames(others)}`]),
    ],
  };
}

function chosen(shown: string, configs: ReadonlyMap<string, TextMessage>, pick: string | undefined): string {
  const names = [...configs.keys()];
  if (pick !== undefined) {
    if (configs.has(pick)) return pick;
    throw new InputError('INTAKE', `--pick = ${pick}, must be a model of ${shown}: ${formatNames(names)}`);
  }
  if (names.length === 0) throw new InputError('INTAKE', `${shown}: no folder with a config.pbtxt in it`);
  const ensembles = names.filter((name) => ensembleSteps(configs.get(name)!) !== undefined);
  const inner = new Set(ensembles.flatMap((name) => ensembleSteps(configs.get(name)!)!.map(({ model }) => model)));
  const outer = ensembles.filter((name) => !inner.has(name));
  const candidates = outer.length > 0 ? outer : ensembles.length > 0 ? ensembles : names;
  if (candidates.length === 1) return candidates[0]!;
  const what = ensembles.length > 0 ? 'ensembles' : 'models and no ensemble';
  throw new InputError('INTAKE', `${shown}: ${candidates.length} ${what}: add --pick ${candidates.join('|')}`);
}

interface Step {
  readonly model: string;
  /** Tensors of the step's model, by name, and the ensemble's tensors behind them. */
  readonly inputs: ReadonlyMap<string, string>;
  readonly outputs: ReadonlyMap<string, string>;
}

function ensembleSteps(config: TextMessage): readonly Step[] | undefined {
  const scheduling = messageIn(config, 'ensemble_scheduling');
  if (scheduling === undefined) return undefined;
  return messagesIn(scheduling, 'step').map((step) => ({
    model: textIn(step, 'model_name') ?? '',
    inputs: mapIn(step, 'input_map'),
    outputs: mapIn(step, 'output_map'),
  }));
}

/**
 * The steps of an ensemble, with those of the ensembles among them in their places. A tensor inside an inner ensemble
 * has the path of its step before its name; its inputs and outputs have the outer tensor's name.
 * @param used gets every model and ensemble that is met
 */
function flatSteps(
  shown: string,
  root: string,
  configs: ReadonlyMap<string, TextMessage>,
  used: Set<string>,
): readonly Step[] {
  const flat: Step[] = [];
  const open: string[] = [];

  function expand(ensemble: string, path: string, renamed: (tensor: string) => string): void {
    if (open.includes(ensemble)) {
      throw new InputError(
        'INTAKE',
        `${shown}: ensemble ${ensemble} contains itself (${[...open, ensemble].join(' > ')})`,
      );
    }
    const steps = ensembleSteps(configs.get(ensemble)!)!;
    if (steps.length === 0) throw new InputError('INTAKE', `${shown}: ensemble ${ensemble} has no steps`);
    const unknown = steps.filter(({ model }) => !configs.has(model)).map(({ model }) => model || 'no name');
    if (unknown.length > 0) {
      const names = formatNames(unknown);
      throw new InputError(
        'INTAKE',
        `${shown}: ${ensemble}: its steps name models that the repository lacks: ${names}`,
      );
    }
    open.push(ensemble);
    for (const [index, { model, inputs, outputs }] of steps.entries()) {
      const outer = (map: ReadonlyMap<string, string>) =>
        new Map([...map].map(([own, tensor]) => [own, renamed(tensor)]));
      used.add(model);
      const step = { model, inputs: outer(inputs), outputs: outer(outputs) };
      if (ensembleSteps(configs.get(model)!) === undefined) flat.push(step);
      else {
        const inner = `${path}${index}/`;
        expand(model, inner, (tensor) => step.inputs.get(tensor) ?? step.outputs.get(tensor) ?? inner + tensor);
      }
      if (flat.length > MOST_STEPS) {
        throw new InputError('INTAKE', `${shown}: ensemble ${root} has more than ${MOST_STEPS} steps`);
      }
    }
    open.pop();
  }

  expand(root, '', (tensor) => tensor);
  return flat;
}

function ensembleStages(steps: readonly Step[], configs: ReadonlyMap<string, TextMessage>): readonly IntakeStage[] {
  const names = steps.map(({ model }, index) => {
    const earlier = steps.slice(0, index).filter((step) => step.model === model).length;
    return earlier === 0 ? model : `${model}-${earlier + 1}`;
  });
  const writers = new Map(
    steps.flatMap(({ outputs }, index) => [...outputs.values()].map((tensor) => [tensor, names[index]!])),
  );
  return steps.map((step, index) => {
    const parents = [...new Set([...step.inputs.values()].flatMap((tensor) => writers.get(tensor) ?? []))];
    return stageOf(names[index]!, step.model, configs.get(step.model)!, parents);
  });
}

function stageOf(name: string, model: string, config: TextMessage, parents: readonly string[]): IntakeStage {
  const batching = messageIn(config, 'dynamic_batching');
  const delayUs = batching === undefined ? 0 : (numberIn(batching, 'max_queue_delay_microseconds') ?? 0);
  const largest = numberIn(config, 'max_batch_size') ?? 0;
  const preferred = batching?.get('preferred_batch_size')?.filter((size) => typeof size === 'number') ?? [];
  const groups = messagesIn(config, 'instance_group').map((group) => {
    return `${numberIn(group, 'count') ?? 1} of ${textIn(group, 'kind') ?? 'KIND_AUTO'}`;
  });
  return {
    stage: {
      name,
      kind: 'model',
      model,
      parents: parents.length === 0 ? [always(ENTRY)] : parents.map(always),
      ...(delayUs > 0 ? { batchTimeoutMs: delayUs / US_PER_MS } : {}),
    },
    comments: [
      config === COMPLETED
        ? 'No config.pbtxt: Triton completes it, and the max_batch_size that it chose is at v2/models/NAME/config.'
        : largest > 0
          ? `max_batch_size: ${largest}${batching === undefined ? ', and no dynamic batching' : ''}. Profile up to this size: plans try no larger one.`
          : 'max_batch_size: 0, so Triton never batches here. Profile batches of one.',
      ...(preferred.length === 0
        ? []
        : [`Triton prefers batches of ${preferred.join(', ')}; a plan has no such preference.`]),
      ...(groups.length === 0 ? [] : [`Runs today on ${groups.join(' and ')}.`]),
    ],
  };
}

/** The kind of hardware that the instance groups name; Triton's default is a GPU where there is one. */
function kindOf(config: TextMessage | undefined): 'cpu' | 'gpu' {
  const kinds = config === undefined ? [] : messagesIn(config, 'instance_group').map((group) => textIn(group, 'kind'));
  return kinds.length > 0 && kinds.every((kind) => kind === 'KIND_CPU') ? 'cpu' : 'gpu';
}

/** A map field: entries with `key` and `value`. */
function mapIn(step: TextMessage, field: string): ReadonlyMap<string, string> {
  return new Map(
    messagesIn(step, field).flatMap((entry) => {
      const [key, value] = [textIn(entry, 'key'), textIn(entry, 'value')];
      return key === undefined || value === undefined ? [] : [[key, value] as const];
    }),
  );
}

function messagesIn(message: TextMessage, field: string): readonly TextMessage[] {
  return (message.get(field) ?? []).filter((value): value is TextMessage => value instanceof Map);
}

function messageIn(message: TextMessage, field: string): TextMessage | undefined {
  return messagesIn(message, field)[0];
}

function lastIn(message: TextMessage, field: string): TextValue | undefined {
  return message.get(field)?.at(-1);
}

function textIn(message: TextMessage, field: string): string | undefined {
  const value = lastIn(message, field);
  return typeof value === 'string' ? value : undefined;
}

function numberIn(message: TextMessage, field: string): number | undefined {
  const value = lastIn(message, field);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
