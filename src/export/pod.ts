/** What a replica is in Kubernetes: where it may run, what it takes, and what its server is told. */
import { cardsOf, type ExportedStage, type ExportInput, vcpusOf } from './export-input.js';

const GPU = 'nvidia.com/gpu';

export interface Pod {
  readonly spec: Record<string, unknown>;
  readonly warnings: readonly string[];
}

/** The pod of a stage: one container, on the instance type that the hardware's price comes from. */
export function podOf(input: ExportInput, one: ExportedStage, container: { name: string; image: string }): Pod {
  const { port } = input.answers;
  const { stage, planned, hardware } = one;
  const { resources, warnings } = resourcesOf(one);
  const isGpu = hardware.kind === 'gpu';
  return {
    spec: {
      ...(hardware.instance === undefined
        ? {}
        : { nodeSelector: { 'node.kubernetes.io/instance-type': hardware.instance } }),
      ...(isGpu ? { tolerations: [{ key: GPU, operator: 'Exists', effect: 'NoSchedule' }] } : {}),
      containers: [
        {
          ...container,
          ports: [{ name: 'http', containerPort: port }],
          env: [
            { name: 'MAX_BATCH_SIZE', value: String(planned.maxBatchSize) },
            { name: 'BATCH_TIMEOUT_MS', value: String(stage.batchTimeoutMs ?? 0) },
          ],
          ...(resources === undefined ? {} : { resources: { requests: resources, limits: resources } }),
          readinessProbe: { httpGet: { path: '/v2/health/ready', port: 'http' }, periodSeconds: 2 },
        },
      ],
    },
    warnings: [
      ...warnings,
      ...(hardware.instance === undefined
        ? [`${stage.name}: ${hardware.name} names no instance, so its pods may run on any node`]
        : []),
    ],
  };
}

function resourcesOf({ stage, hardware }: ExportedStage): {
  resources: Record<string, string> | undefined;
  warnings: readonly string[];
} {
  const processors = vcpusOf(hardware);
  const cpu = processors > 0 ? { cpu: String(processors) } : {};
  if (hardware.kind === 'gpu') {
    const cards = cardsOf(hardware);
    if (Number.isInteger(cards)) return { resources: { ...cpu, [GPU]: String(cards) }, warnings: [] };
    const warning = `${stage.name}: ${hardware.name} takes ${cards} of a GPU, and Kubernetes gives whole ones: it gets ${Math.ceil(cards)}`;
    return { resources: { ...cpu, [GPU]: String(Math.ceil(cards)) }, warnings: [warning] };
  }
  if (processors > 0) return { resources: cpu, warnings: [] };
  const warning = `${stage.name}: ${hardware.name} has no \`takes\` with vCPUs, so its pods ask for no processor`;
  return { resources: undefined, warnings: [warning] };
}
