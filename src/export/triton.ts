/** A `config.pbtxt` for each stage, in one model repository for each kind of hardware: one server's instances are alike. */
import { answerFor, type ExportedStage, type ExportInput, exportedStages } from './export-input.js';
import type { Exported } from './exported.js';

const US_PER_MS = 1000;

/** Pure: a stage's model directory has the stage's name, as `tune --target triton` expects. */
export function toTriton(input: ExportInput): Exported {
  const stages = exportedStages(input);
  const kinds = [...new Set(stages.map(({ hardware }) => hardware.name))];
  return {
    files: stages.map((one) => ({
      path: `${one.hardware.name}/${one.stage.name}/config.pbtxt`,
      text: configOf(one, answerFor(input.answers.tritonBackends, one.stage.name)),
    })),
    warnings: [
      'put the model files beside config.pbtxt (1/model.onnx and so on): names and shapes of tensors are theirs',
      ...(kinds.length > 1
        ? [`a server for each kind of hardware (${kinds.join(', ')}), each with --model-repository on its folder`]
        : []),
      ...stages
        .filter(({ planned, hardware }) => hardware.kind === 'gpu' && planned.replicas > 1)
        .map(({ stage, planned, hardware }) => {
          return `${stage.name}: ${planned.replicas} replicas were planned on as many ${hardware.name}; instances on one card share it`;
        }),
      ...(stages.length > 1
        ? ['the edges between stages are not in these files: an ensemble needs the names of tensors']
        : []),
    ],
  };
}

function configOf({ stage, planned, hardware }: ExportedStage, backend: string | undefined): string {
  const delayUs = Math.round((stage.batchTimeoutMs ?? 0) * US_PER_MS);
  const batching =
    planned.maxBatchSize > 1
      ? `\n# A free instance takes what waits, up to max_batch_size; a batch that is not full waits so long.\ndynamic_batching { max_queue_delay_microseconds: ${delayUs} }\n`
      : '';
  return `# Stage ${stage.name}: ${planned.replicas} on ${hardware.name}, max batch size ${planned.maxBatchSize}
name: ${quoted(stage.name)}
${backend === undefined ? '' : `backend: ${quoted(backend)}\n`}max_batch_size: ${planned.maxBatchSize}

# As planned. \`infer-plan tune --target triton\` changes the count.
instance_group [ { count: ${planned.replicas}, ${hardware.kind === 'gpu' ? 'kind: KIND_GPU, gpus: [ 0 ]' : 'kind: KIND_CPU'} } ]
${batching}`;
}

/** A string of the text format of protocol buffers. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, (one) => `\\${one}`)}"`;
}
