/** What an export is made from: a plan, what it was planned for, and what only the user knows. */
import { InputError } from '../errors.js';
import type { Hardware } from '../model/hardware.js';
import type { Pipeline, Stage } from '../model/pipeline.js';
import type { Plan, PlannedStage } from '../model/plan/plan.js';

const LONGEST_DNS = 63;
/** Names of resources that are virtual processors. */
const VCPU = /^v?cpus?\b/i;

/** What no plan holds. `''` as a stage stands for all that are not named. */
export interface ExportAnswers {
  /** Container image by stage. */
  readonly images?: Readonly<Record<string, string>>;
  /** Port that the containers listen on. */
  readonly port: number;
  readonly namespace?: string;
  /** Ray Serve: where the application is, `module:name`. */
  readonly importPath?: string;
  /** Triton: backend by stage. */
  readonly tritonBackends?: Readonly<Record<string, string>>;
  /** KEDA: address of Prometheus, and the bare counter of queries that enter the pipeline. */
  readonly prometheus?: string;
  readonly selector?: string;
}

export interface ExportInput {
  readonly plan: Plan;
  readonly pipeline: Pipeline;
  readonly hardware: readonly Hardware[];
  readonly answers: ExportAnswers;
}

/** A stage with everything that an exporter says of it. */
export interface ExportedStage {
  readonly stage: Stage;
  readonly planned: PlannedStage;
  readonly hardware: Hardware;
}

/** Throws InputError when the hardware file lacks a kind that the plan uses. */
export function exportedStages({ plan, pipeline, hardware }: ExportInput): readonly ExportedStage[] {
  return pipeline.stages.map((stage) => {
    const planned = plan.stages.find((one) => one.stage === stage.name)!;
    const kind = hardware.find(({ name }) => name === planned.hardware);
    if (kind === undefined) {
      throw new InputError(
        'HARDWARE',
        `${planned.stage}: hardware = ${planned.hardware}, must be in the hardware file`,
      );
    }
    return { stage, planned, hardware: kind };
  });
}

/** The answer for a stage: its own, else the one for all; `{stage}` in it stands for the stage's name. */
export function answerFor(answers: Readonly<Record<string, string>> | undefined, stage: string): string | undefined {
  const answer = answers !== undefined && Object.hasOwn(answers, stage) ? answers[stage] : answers?.[''];
  return answer?.replaceAll('{stage}', stage);
}

/** Images by stage. Throws one InputError that names every stage without one. */
export function imagesOf({ pipeline, answers }: ExportInput): ReadonlyMap<string, string> {
  const missing = pipeline.stages.filter(({ name }) => answerFor(answers.images, name) === undefined);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name);
    const hint = `Say where it is: --image ${names[0]}=REGISTRY/NAME:TAG, or --image REGISTRY/{stage}:TAG for all stages.`;
    throw new InputError(
      'FLAG',
      names.map((name) => `--image is missing for ${name}: no plan holds it`),
      hint,
    );
  }
  return new Map(pipeline.stages.map(({ name }) => [name, answerFor(answers.images, name)!]));
}

/** Items of a stage per second that one replica carries when the plan's traffic comes. */
export function plannedItemsQps({ plan }: ExportInput, { planned }: ExportedStage): number {
  return (plan.predicted.meanRateQps * planned.scaleFactor) / planned.replicas;
}

/**
 * How a stage or a pipeline is called where names are those of DNS (RFC 1035): at most 63 lower-case letters, digits and
 * dashes, a letter first. So it is also safe as the name of a file.
 */
export function dnsName(name: string): string {
  const plain = name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const begun = /^[a-z]/.test(plain) ? plain : `x-${plain.replace(/^-/, '')}`;
  return begun.slice(0, LONGEST_DNS).replace(/-+$/, '');
}

/** The virtual processors that a replica takes; 0 where the hardware file does not say. */
export function vcpusOf({ takes = {} }: Hardware): number {
  return Object.entries(takes).reduce((sum, [name, amount]) => sum + (VCPU.test(name) ? amount : 0), 0);
}

/** What a replica takes beside its virtual processors: of a GPU kind, cards. */
export function cardsOf({ takes = {} }: Hardware): number {
  return Object.entries(takes).reduce((sum, [name, amount]) => sum + (VCPU.test(name) ? 0 : amount), 0) || 1;
}

/** Throws InputError when two stages get one name there. */
export function dnsNames({ pipeline }: ExportInput): ReadonlyMap<string, string> {
  const first = new Map<string, string>();
  for (const { name } of pipeline.stages) {
    const other = first.get(dnsName(name));
    if (other !== undefined) {
      throw new InputError('PIPELINE', `${name} and ${other}: both become ${dnsName(name)} there, rename one of them`);
    }
    first.set(dnsName(name), name);
  }
  return new Map([...first].map(([dns, name]) => [name, dns]));
}
