/** An InferenceService for each stage, and an InferenceGraph where the pipeline is a chain. */
import type { Pipeline } from '../model/pipeline.js';
import { dnsName, dnsNames, type ExportedStage, type ExportInput, exportedStages, imagesOf } from './export-input.js';
import type { Exported, ExportedDocument } from './exported.js';
import { podOf } from './pod.js';

/** The batcher of KServe waits this long at least, in milliseconds. */
const LEAST_WAIT_MS = 1;

/** Pure. Throws InputError for images that are missing. */
export function toKserve(input: ExportInput): Exported {
  const images = imagesOf(input);
  const names = dnsNames(input);
  const stages = exportedStages(input);
  const services = stages.map((one) => {
    const name = names.get(one.stage.name)!;
    const { spec, warnings } = podOf(input, one, { name: 'kserve-container', image: images.get(one.stage.name)! });
    return { document: serviceOf(input, one, { name, pod: spec }), warnings };
  });
  const reason = whyNoGraph(input.pipeline);
  const graph = reason === undefined && stages.length > 1 ? [graphOf(input, names)] : [];
  const isBatching = stages.some(({ planned }) => planned.maxBatchSize > 1);
  return {
    files: [
      {
        path: `${dnsName(input.plan.pipeline)}.yaml`,
        documents: [...services.map(({ document }) => document), ...graph],
      },
    ],
    warnings: [
      ...services.flatMap(({ warnings }) => warnings),
      ...(reason === undefined ? [] : [`no InferenceGraph is written: ${reason}`]),
      ...(isBatching
        ? [
            "KServe's batcher fills batches in each pod, of requests in the V1 protocol; the plan has one queue for all replicas",
          ]
        : []),
    ],
  };
}

function serviceOf(
  { plan, answers }: ExportInput,
  { stage, planned, hardware }: ExportedStage,
  { name, pod }: { name: string; pod: Record<string, unknown> },
): ExportedDocument {
  const { replicas, maxBatchSize } = planned;
  const waitMs = Math.max(LEAST_WAIT_MS, Math.round(stage.batchTimeoutMs ?? 0));
  return {
    head: `Stage ${stage.name}: ${replicas} on ${hardware.name}, max batch size ${maxBatchSize}`,
    value: {
      apiVersion: 'serving.kserve.io/v1beta1',
      kind: 'InferenceService',
      metadata: {
        name,
        ...(answers.namespace === undefined ? {} : { namespace: answers.namespace }),
        labels: { 'app.kubernetes.io/part-of': dnsName(plan.pipeline) },
        annotations: { 'serving.kserve.io/deploymentMode': 'RawDeployment' },
      },
      spec: {
        predictor: {
          minReplicas: replicas,
          maxReplicas: replicas,
          ...(maxBatchSize > 1 ? { batcher: { maxBatchSize, maxLatency: waitMs } } : {}),
          ...pod,
        },
      },
    },
    comments: {
      'spec.predictor.minReplicas':
        'As planned, and equal: `infer-plan tune --target kubernetes` changes both together.',
      ...(maxBatchSize > 1
        ? { 'spec.predictor.batcher': 'maxLatency is in milliseconds: how long a batch waits to fill.' }
        : {}),
    },
  };
}

/** What an InferenceGraph cannot say of this pipeline. */
function whyNoGraph({ stages }: Pipeline): string | undefined {
  for (const [index, { name, parents }] of stages.entries()) {
    const [edge] = parents;
    if (parents.length > 1) return `${name} joins ${parents.length} ways, and a graph of KServe has no join`;
    if (edge!.probability < 1) {
      return `${name} is visited by some queries only, and a Switch needs a condition on the answer before it, which no plan holds`;
    }
    if (edge!.fanOut !== 1) return `${name} takes several items of a query, and a step of a graph is called once`;
    if (index > 0 && edge!.from !== stages[index - 1]!.name) return `${edge!.from} has several branches`;
  }
  return undefined;
}

function graphOf({ plan, pipeline, answers }: ExportInput, names: ReadonlyMap<string, string>): ExportedDocument {
  return {
    head: 'The chain: each step gets the answer of the one before it',
    value: {
      apiVersion: 'serving.kserve.io/v1alpha1',
      kind: 'InferenceGraph',
      metadata: {
        name: dnsName(plan.pipeline),
        ...(answers.namespace === undefined ? {} : { namespace: answers.namespace }),
      },
      spec: {
        nodes: {
          root: {
            routerType: 'Sequence',
            steps: pipeline.stages.map(({ name }, index) => ({
              serviceName: names.get(name)!,
              name: names.get(name)!,
              ...(index === 0 ? {} : { data: '$response' }),
            })),
          },
        },
      },
    },
  };
}
