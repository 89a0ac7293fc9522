/**
 * A Serve configuration (`serve.yaml`, or the answer of `serve build`): deployments of one application. Which deployment
 * calls which stands in the application's code, so the stages are a chain in file order until the user draws the edges.
 * Source: Ray Serve's config file schema: `applications[].deployments[]`, `num_replicas`, `autoscaling_config`,
 * `max_ongoing_requests`, `ray_actor_options`.
 */
import { InputError } from '../../errors.js';
import { formatNames } from '../../model/notation/offered-value.js';
import { ENTRY } from '../../model/pipeline.js';
import { isMapping } from '../entry.js';
import { always, type Intake, type IntakeStage } from './intake.js';

type Values = Readonly<Record<string, unknown>>;

/**
 * @param value of the YAML file
 * @throws InputError when it is no Serve configuration, and where `pick` is needed or names nothing
 */
export function rayServeIntake(value: unknown, shown: string, pick?: string): Intake {
  const applications = listIn(value, 'applications');
  if (applications === undefined) {
    throw new InputError('INTAKE', `${shown}: no list of applications, must be a Serve config file (\`serve build\`)`);
  }
  const application = chosen(applications, shown, pick);
  const deployments = listIn(application, 'deployments') ?? [];
  const names = deployments.map((one) => textIn(one, 'name'));
  if (names.length === 0 || names.some((name) => name === undefined)) {
    throw new InputError(
      'INTAKE',
      `${shown}: the application lists no deployments by name: \`serve build\` writes them`,
    );
  }
  const stages = deployments.map((deployment, index): IntakeStage => {
    const name = names[index]!;
    const from = index === 0 ? ENTRY : names[index - 1]!;
    return { stage: { name, kind: 'model', model: name, parents: [always(from)] }, comments: commentsOf(deployment) };
  });
  const isGpu = deployments.some((one) => (gpusOf(one) ?? 0) > 0);
  return {
    ...(textIn(application, 'name') === undefined ? {} : { name: textIn(application, 'name')! }),
    stages,
    profiles: [],
    kinds: [isGpu ? { name: 'gpu', kind: 'gpu' } : { name: 'cpu', kind: 'cpu' }],
    notes: [
      'edges: which deployment calls which is in the code, so the stages stand in a chain in the order of the file; draw the edges, with probabilities and fan-outs',
      'max batch sizes: they stand at @serve.batch in the code',
      'service times: `infer-plan profile` measures them',
      'traffic: the trace is drawn; `infer-plan trace import` reads recorded arrivals',
    ],
  };
}

function chosen(applications: readonly Values[], shown: string, pick: string | undefined): Values {
  const names = applications.map((application) => textIn(application, 'name') ?? 'default');
  if (pick !== undefined) {
    const index = names.indexOf(pick);
    if (index >= 0) return applications[index]!;
    throw new InputError('INTAKE', `--pick = ${pick}, must be an application of ${shown}: ${formatNames(names)}`);
  }
  if (applications.length === 1) return applications[0]!;
  throw new InputError('INTAKE', `${shown} has ${applications.length} applications: add --pick ${names.join('|')}`);
}

function commentsOf(deployment: Values): readonly string[] {
  const scaling = deployment.autoscaling_config;
  const options = deployment.ray_actor_options;
  const words = [
    ...(typeof deployment.num_replicas === 'number' ? [`${deployment.num_replicas} replicas`] : []),
    ...(isMapping(scaling)
      ? [
          `autoscaled from ${scaling.min_replicas ?? 1} to ${scaling.max_replicas ?? 1} replicas, target_ongoing_requests ${scaling.target_ongoing_requests ?? 2}`,
        ]
      : []),
    ...(typeof deployment.max_ongoing_requests === 'number'
      ? [`max_ongoing_requests ${deployment.max_ongoing_requests}`]
      : []),
    ...(isMapping(options) && typeof options.num_cpus === 'number' ? [`${options.num_cpus} CPUs`] : []),
    ...(gpusOf(deployment) === undefined ? [] : [`${gpusOf(deployment)} GPUs`]),
  ];
  return words.length === 0 ? [] : [`Runs today with ${words.join(', ')}.`];
}

function gpusOf({ ray_actor_options: options }: Values): number | undefined {
  return isMapping(options) && typeof options.num_gpus === 'number' ? options.num_gpus : undefined;
}

function listIn(value: unknown, key: string): readonly Values[] | undefined {
  if (!isMapping(value)) return undefined;
  const list = value[key];
  return Array.isArray(list) ? list.filter(isMapping) : undefined;
}

function textIn(value: Values, key: string): string | undefined {
  const text = value[key];
  return typeof text === 'string' && text !== '' ? text : undefined;
}
