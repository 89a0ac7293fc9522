/** Whether a configuration fits its pipeline and stays within what was measured. */
import type { Configuration, StageConfiguration } from './configuration.js';
import { didYouMean } from './notation/nearest-name.js';
import { formatNames, formatOffered } from './notation/offered-value.js';
import type { Pipeline } from './pipeline.js';
import type { Scenario } from './scenario.js';

/**
 * One line per problem: stages missing, unknown or given twice; hardware unknown or not measured for the stage's model;
 * a max batch size above the largest measured one (docs/invariants.md, R7); counts that are not an integer ≥ 1. Without
 * profiles and hardware only the stages are checked.
 */
export function checkConfiguration({
  pipeline,
  profiles,
  hardware,
  configuration,
}: Pick<Scenario, 'pipeline'> &
  Partial<Pick<Scenario, 'profiles' | 'hardware'>> & { readonly configuration: Configuration }): string[] {
  const names = pipeline.stages.map(({ name }) => name);
  const given = new Set<string>();
  const problems = configuration.flatMap((choice) => {
    const { stage } = choice;
    if (!names.includes(stage)) {
      const nearest = didYouMean(stage, names) || `: ${formatNames(names)}`;
      return [`configuration: stage = ${formatOffered(stage)}, must be a stage of ${pipeline.name}${nearest}`];
    }
    if (given.has(stage)) return [`configuration: stage = ${stage}, must be given once`];
    given.add(stage);
    return profiles && hardware ? checkChoice(choice, { pipeline, profiles, hardware }) : [];
  });
  const missing = names.filter((name) => !given.has(name));
  return [...problems, ...missing.map((name) => `configuration: stage ${name} is missing`)];
}

/** Sorts a configuration that passed the check into the order of the pipeline's stages. */
export function inPipelineOrder(pipeline: Pipeline, configuration: Configuration): Configuration {
  return pipeline.stages.map(({ name }) => configuration.find(({ stage }) => stage === name)!);
}

function checkChoice(
  choice: StageConfiguration,
  { pipeline, profiles, hardware }: Pick<Scenario, 'pipeline' | 'profiles' | 'hardware'>,
): string[] {
  const { stage, maxBatchSize, replicas } = choice;
  const { model } = pipeline.stages.find(({ name }) => name === stage)!;
  const place = `stage ${stage}`;
  const problems: string[] = [];
  if (!isCount(replicas)) problems.push(`${place}: replicas = ${replicas}, must be an integer ≥ 1`);
  if (!isCount(maxBatchSize)) problems.push(`${place}: max_batch_size = ${maxBatchSize}, must be an integer ≥ 1`);

  const priced = hardware.map(({ name }) => name);
  const measured = profiles.filter((profile) => profile.model === model);
  const measuredOn = measured.map((profile) => profile.hardware);
  const profile = measured.find((candidate) => candidate.hardware === choice.hardware);
  const offered = `${place}: hardware = ${formatOffered(choice.hardware)}`;
  if (!priced.includes(choice.hardware)) {
    const nearest = didYouMean(choice.hardware, priced) || `: ${formatNames(priced)}`;
    problems.push(`${offered}, must be listed hardware${nearest}`);
  } else if (profile === undefined) {
    const allowed = measuredOn.length === 0 ? 'none' : formatNames(measuredOn);
    problems.push(`${offered}, must be hardware that ${model} was measured on: ${allowed}`);
  } else {
    const largest = profile.rows.at(-1)!.batchSize;
    if (maxBatchSize > largest) {
      const allowed = `at most ${largest}, the largest measured for ${model} on ${choice.hardware}`;
      problems.push(`${place}: max_batch_size = ${maxBatchSize}, must be ${allowed}`);
    }
  }
  return problems;
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}
