/** Stages for the measuring agent: a small model of ours, so that tests need no download but the runtime's. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentStage } from '../../src/backends/ssh/ssh-target.js';
import { smallModel } from './small-model.js';

export const AGENT = readFileSync(join(import.meta.dirname, '../../bin/measuring-agent.py'), 'utf8');
export const AGENT_REQUIREMENTS = ['onnxruntime==1.23.2', 'numpy==2.3.4'];

export function agentStage(stage: string, replicas = 1): AgentStage {
  const base64 = Buffer.from(smallModel()).toString('base64');
  return { stage, format: 'onnx', model: { base64 }, inputs: [], replicas };
}
