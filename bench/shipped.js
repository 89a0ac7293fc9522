/** The pipelines that come with infer-plan, read through its own files. */
import { join } from 'node:path';
import { readHardwareFile, readPipelineFile, readProfileFiles } from '../dist/index.js';
import { ROOT } from './measure.js';

export const SHIPPED = ['.', 'examples/image-processing', 'examples/video-monitoring', 'examples/cascade'].map(
  (folder) => join(ROOT, folder, 'pipeline.yaml'),
);

/** What `plan` would plan, but for the trace. */
export function planningInput(pipelinePath, arrivalsUs) {
  const { pipeline, slo, profilePaths, hardwarePath } = readPipelineFile(pipelinePath);
  return {
    pipeline,
    profiles: readProfileFiles(profilePaths),
    hardware: readHardwareFile(hardwarePath),
    trace: { arrivalsUs },
    slo,
    serviceModel: 'mean',
    seed: 1,
  };
}
