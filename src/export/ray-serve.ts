/** A configuration of Ray Serve, as `serve deploy` takes it: one application with a deployment for each stage. */
import { InputError } from '../errors.js';
import { dnsName, type ExportedStage, type ExportInput, exportedStages, imagesOf, vcpusOf } from './export-input.js';
import type { Exported, ExportedDocument } from './exported.js';
import { podOf } from './pod.js';

/** So many requests may be at a replica that its next batch fills while one runs. */
const BATCHES_AHEAD = 2;
const LEAST_ONGOING = 5;
const MS_PER_S = 1000;
/** A share of a custom resource so small that it only says where an actor may be. */
const PLACED = 0.001;

/** Pure. With an image it writes a RayService of KubeRay as well. Throws InputError where the application's place is missing. */
export function toRayServe(input: ExportInput): Exported {
  const { answers } = input;
  if (answers.importPath === undefined) {
    throw new InputError('FLAG', '--import-path is missing: add --import-path MODULE:APPLICATION, as in `serve run`');
  }
  const stages = exportedStages(input);
  const several = kindsToTellApart(stages);
  const config = serveConfig(input, { stages, several, importPath: answers.importPath });
  const service = answers.images === undefined ? undefined : rayService(input, stages, config);
  return {
    files: [
      { path: 'serve.yaml', documents: [config] },
      ...(service === undefined ? [] : [{ path: 'rayservice.yaml', documents: [service.document] }]),
    ],
    warnings: [
      ...(service?.warnings ?? []),
      'batch sizes and waits are set in the code of the deployments: the file says them in comments',
      'Ray deals requests to replicas by the power of two choices, and each fills its own batches; the plan has one queue for all',
      ...(service === undefined ? [...several] : []).map((kind) => {
        return `${kind}: start its nodes with --resources='{"${kind}": 1}', so that replicas land on them`;
      }),
    ],
  };
}

function serveConfig(
  { plan }: ExportInput,
  given: { stages: readonly ExportedStage[]; several: ReadonlySet<string>; importPath: string },
): ExportedDocument {
  const { stages, several, importPath } = given;
  return {
    head: `Plan of ${plan.pipeline} for p${plan.slo.percentile} within ${plan.slo.latencyMs} ms: \`serve deploy serve.yaml\``,
    value: {
      applications: [
        {
          name: plan.pipeline,
          route_prefix: '/',
          import_path: importPath,
          external_scaler_enabled: true,
          deployments: stages.map((one) => deployment(one, several)),
        },
      ],
    },
    comments: {
      'applications.0.external_scaler_enabled':
        '`infer-plan tune --target ray-serve` sets the replicas; no autoscaling_config may.',
      'applications.0.deployments': 'Names are those of the classes in the application: rename them here or there.',
      ...Object.fromEntries(
        stages.map((one, s) => [`applications.0.deployments.${s}.max_ongoing_requests`, batchesOf(one)]),
      ),
    },
  };
}

/** A group of workers for each kind of hardware, with a pod for each replica there. */
function rayService(
  input: ExportInput,
  stages: readonly ExportedStage[],
  config: ExportedDocument,
): { document: ExportedDocument; warnings: readonly string[] } {
  const { plan, answers } = input;
  const images = imagesOf(input);
  const kinds = [...new Set(stages.map(({ hardware }) => hardware.name))];
  const groups = kinds.map((kind) => {
    const there = stages.filter(({ hardware }) => hardware.name === kind);
    const one = there[0]!;
    const { spec, warnings } = podOf(input, one, { name: 'ray-worker', image: images.get(one.stage.name)! });
    const containers = (spec.containers as Record<string, unknown>[]).map(({ name, image, resources }) => {
      return { name, image, ...(resources === undefined ? {} : { resources }) };
    });
    const replicas = there.reduce((sum, { planned }) => sum + planned.replicas, 0);
    return {
      group: {
        groupName: dnsName(kind),
        replicas,
        minReplicas: replicas,
        maxReplicas: replicas,
        rayStartParams: { resources: `'"{\\"${kind}\\": 1}"'` },
        template: { spec: { ...spec, containers } },
      },
      warnings,
    };
  });
  const head = { name: 'ray-head', image: images.get(stages[0]!.stage.name)! };
  return {
    document: {
      head: `The same for KubeRay: a pod for each replica, ${kinds.length} groups`,
      value: {
        apiVersion: 'ray.io/v1',
        kind: 'RayService',
        metadata: {
          name: dnsName(plan.pipeline),
          ...(answers.namespace === undefined ? {} : { namespace: answers.namespace }),
        },
        spec: {
          serveConfigV2: '',
          rayClusterConfig: {
            headGroupSpec: { rayStartParams: { 'num-cpus': '0' }, template: { spec: { containers: [head] } } },
            workerGroupSpecs: groups.map(({ group }) => group),
          },
        },
      },
      texts: { 'spec.serveConfigV2': config },
    },
    warnings: groups.flatMap(({ warnings }) => warnings),
  };
}

function deployment(
  { stage, planned, hardware }: ExportedStage,
  several: ReadonlySet<string>,
): Record<string, unknown> {
  const { maxBatchSize, replicas } = planned;
  const isGpu = hardware.kind === 'gpu';
  return {
    name: stage.name,
    num_replicas: replicas,
    max_ongoing_requests: Math.max(LEAST_ONGOING, BATCHES_AHEAD * maxBatchSize),
    ray_actor_options: {
      num_cpus: vcpusOf(hardware) || 1,
      ...(isGpu ? { num_gpus: 1 } : {}),
      ...(several.has(hardware.name) ? { resources: { [hardware.name]: PLACED } } : {}),
    },
  };
}

/** What @serve.batch is to be given: a class without `reconfigure` fails where its batches are configured. */
function batchesOf({ stage, planned }: ExportedStage): string {
  const waitS = (stage.batchTimeoutMs ?? 0) / MS_PER_S;
  return `In its code: @serve.batch(max_batch_size=${planned.maxBatchSize}, batch_wait_timeout_s=${waitS})`;
}

/** Kinds that num_cpus and num_gpus alone do not tell from another kind of the plan. */
function kindsToTellApart(stages: readonly ExportedStage[]): ReadonlySet<string> {
  const names = (wanted: boolean) =>
    new Set(
      stages
        .filter(({ hardware }) => (hardware.kind === 'gpu') === wanted)
        .map(({ hardware }) => hardware.instance ?? hardware.name),
    );
  const isSeveral = { gpu: names(true).size > 1, cpu: names(false).size > 1 };
  return new Set(
    stages
      .filter(({ hardware }) => (hardware.kind === 'gpu' ? isSeveral.gpu : isSeveral.cpu))
      .map(({ hardware }) => hardware.name),
  );
}
