/** The objects of `kubernetes`, and for each stage a ScaledObject of KEDA that keeps its replicas at the plan's load. */
import { InputError } from '../errors.js';
import { fewestReplicas, mostReplicas } from '../model/plan/replica-limits.js';
import { dnsName, dnsNames, type ExportInput, exportedStages, plannedItemsQps } from './export-input.js';
import type { Exported, ExportedDocument } from './exported.js';
import { toKubernetes } from './kubernetes.js';

/** Most replicas of a stage where the plan has no limit, as a multiple of the planned ones: the tuner's own cap. */
const GROWTH = 10;
const ALLOWED_DIGITS = 1000;

/** Pure. Throws InputError for images, the address of Prometheus or the counter where they are missing. */
export function toKeda(input: ExportInput): Exported {
  const { answers, plan } = input;
  const missing = [
    ...(answers.prometheus === undefined ? ['--prometheus is missing: add --prometheus http://HOST:9090'] : []),
    ...(answers.selector === undefined
      ? ['--selector is missing: add the counter of queries that enter, such as --selector requests_total{app="front"}']
      : []),
  ];
  if (missing.length > 0) throw new InputError('FLAG', missing);
  const { files, warnings } = toKubernetes(input);
  const names = dnsNames(input);
  const scaled = exportedStages(input).map((one): ExportedDocument => {
    const { stage, planned } = one;
    const name = names.get(stage.name)!;
    const perReplica = Math.max(
      1 / ALLOWED_DIGITS,
      Math.round(plannedItemsQps(input, one) * ALLOWED_DIGITS) / ALLOWED_DIGITS,
    );
    return {
      head: `Stage ${stage.name}: one replica for each ${perReplica} items/s, as in the plan`,
      value: {
        apiVersion: 'keda.sh/v1alpha1',
        kind: 'ScaledObject',
        metadata: { name, ...(answers.namespace === undefined ? {} : { namespace: answers.namespace }) },
        spec: {
          scaleTargetRef: { name },
          minReplicaCount: fewestReplicas(plan.provenance, stage),
          maxReplicaCount: Math.min(planned.replicas * GROWTH, mostReplicas(plan.provenance, stage.name)),
          triggers: [
            {
              type: 'prometheus',
              metadata: {
                serverAddress: answers.prometheus,
                query: `sum(rate(${answers.selector}[1m])) * ${planned.scaleFactor}`,
                threshold: String(perReplica),
              },
            },
          ],
        },
      },
      comments: { 'spec.triggers': 'Queries per second that enter, times the items that each brings to this stage.' },
    };
  });
  const [file] = files;
  const documents = file !== undefined && 'documents' in file ? file.documents : [];
  return {
    files: [
      {
        path: `${dnsName(plan.pipeline)}.yaml`,
        documents: [...documents.map(withoutTuner), ...scaled],
      },
    ],
    warnings: [...warnings, 'KEDA scales these stages: `infer-plan tune` refuses them while their ScaledObjects exist'],
  };
}

/** With KEDA the Deployment leaves its replicas to the ScaledObject's first decision. */
function withoutTuner(document: ExportedDocument): ExportedDocument {
  const { comments } = document;
  if (comments?.['spec.replicas'] === undefined) return document;
  return { ...document, comments: { ...comments, 'spec.replicas': 'As planned, to begin with. KEDA changes it.' } };
}
