/** Plans as files of the systems that people run. */
import type { ExportInput } from './export-input.js';
import type { Exported } from './exported.js';
import { toKeda } from './keda.js';
import { toKserve } from './kserve.js';
import { toKubernetes } from './kubernetes.js';
import { toRayServe } from './ray-serve.js';
import { toTriton } from './triton.js';

export const EXPORTERS = {
  kubernetes: toKubernetes,
  kserve: toKserve,
  triton: toTriton,
  'ray-serve': toRayServe,
  keda: toKeda,
} as const;

export type ExportTarget = keyof typeof EXPORTERS;

/** Pure. Throws InputError for what only the user knows and has not said. */
export function exportPlan(to: ExportTarget, input: ExportInput): Exported {
  return EXPORTERS[to](input);
}
