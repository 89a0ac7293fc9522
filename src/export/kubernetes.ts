/** A Deployment, a Service and, from two replicas on, a disruption budget for each stage. */
import { dnsName, dnsNames, type ExportedStage, type ExportInput, exportedStages, imagesOf } from './export-input.js';
import type { Exported, ExportedDocument } from './exported.js';
import { podOf } from './pod.js';

/** Pure: the same input gives the same files. Throws InputError for images that are missing. */
export function toKubernetes(input: ExportInput): Exported {
  const images = imagesOf(input);
  const names = dnsNames(input);
  const parts = exportedStages(input).map((one) => {
    const name = names.get(one.stage.name)!;
    return stageObjects(input, one, { name, image: images.get(one.stage.name)! });
  });
  return {
    files: [{ path: `${dnsName(input.plan.pipeline)}.yaml`, documents: parts.flatMap(({ documents }) => documents) }],
    warnings: [...parts.flatMap(({ warnings }) => warnings), ...routingWarnings(input)],
  };
}

/** Queries find their way through a pipeline in front of its stages: no object here says it. */
export function routingWarnings({ pipeline }: ExportInput): readonly string[] {
  if (pipeline.stages.length < 2) return [];
  return [
    'the edges between stages are not in these files: the front end of the pipeline calls one stage after another',
  ];
}

function stageObjects(
  input: ExportInput,
  one: ExportedStage,
  { name, image }: { name: string; image: string },
): { documents: ExportedDocument[]; warnings: readonly string[] } {
  const { plan, answers } = input;
  const { planned, hardware, stage } = one;
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': dnsName(plan.pipeline) };
  const metadata = { name, ...(answers.namespace === undefined ? {} : { namespace: answers.namespace }), labels };
  const selector = { 'app.kubernetes.io/name': name };
  const { spec, warnings } = podOf(input, one, { name, image });
  const head = `Stage ${stage.name}: ${planned.replicas} on ${hardware.name}, max batch size ${planned.maxBatchSize}`;
  const documents: ExportedDocument[] = [
    {
      head,
      value: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata,
        spec: {
          replicas: planned.replicas,
          selector: { matchLabels: selector },
          template: { metadata: { labels }, spec },
        },
      },
      comments: {
        'spec.replicas': 'As planned. `infer-plan tune --target kubernetes` changes it; no autoscaler may.',
        'spec.template.spec.containers.0.env': 'For the server in the image: batches as the plan has them.',
      },
    },
    {
      head: `Its address inside the cluster`,
      value: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata,
        spec: { selector, ports: [{ name: 'http', port: answers.port, targetPort: 'http' }] },
      },
    },
  ];
  if (planned.replicas > 1) {
    documents.push({
      head: 'One replica at a time may be taken away by maintenance',
      value: {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata,
        spec: { maxUnavailable: 1, selector: { matchLabels: selector } },
      },
    });
  }
  return { documents, warnings };
}
