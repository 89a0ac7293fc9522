/** Whether profiles and hardware are complete enough to plan a pipeline. */
import type { Hardware } from './hardware.js';
import { didYouMean } from './notation/nearest-name.js';
import { formatNames, formatOffered } from './notation/offered-value.js';
import type { Pipeline } from './pipeline.js';
import type { Profile, ProfileRow, ServiceModel } from './profile.js';

/** What each service model needs in a row, and its name in an error. */
const NEEDS: Readonly<Record<ServiceModel, { isGiven: (row: ProfileRow) => boolean; name: string }>> = {
  mean: { isGiven: () => true, name: 'mean_ms' },
  p50: { isGiven: ({ p50Ms }) => p50Ms !== undefined, name: 'p50_ms' },
  p95: { isGiven: ({ p95Ms }) => p95Ms !== undefined, name: 'p95_ms' },
  p99: { isGiven: ({ p99Ms }) => p99Ms !== undefined, name: 'p99_ms' },
  empirical: { isGiven: ({ samplesMs }) => samplesMs !== undefined && samplesMs.length > 0, name: 'samples' },
};

/** File names as error lines show them. */
export interface InputNames {
  readonly pipeline: string;
  readonly profiles: string;
  readonly hardware: string;
}

/**
 * One line per gap: a stage whose model was never measured, hardware without a price, rows without what the service
 * model reads. Profiles of models that the pipeline does not use are ignored.
 */
export function checkCoverage({
  pipeline,
  profiles,
  hardware,
  serviceModel,
  names,
}: {
  pipeline: Pipeline;
  profiles: readonly Profile[];
  hardware: readonly Hardware[];
  serviceModel: ServiceModel;
  names: InputNames;
}): string[] {
  const models = new Set(profiles.map(({ model }) => model));
  const unmeasured = pipeline.stages.flatMap(({ name, model }) => {
    if (models.has(model)) return [];
    const nearest = didYouMean(model, models) || `: ${formatNames(models)}`;
    const place = `${names.pipeline}: model of stage ${name}`;
    return [`${place} = ${formatOffered(model)}, must be a model in ${names.profiles}${nearest}`];
  });

  const usedModels = new Set(pipeline.stages.map(({ model }) => model));
  const used = profiles.filter(({ model }) => usedModels.has(model));
  const priced = new Set(hardware.map(({ name }) => name));
  const missing = new Set(used.map((profile) => profile.hardware).filter((name) => !priced.has(name)));
  const unpriced = [...missing].map((name) => {
    const nearest = didYouMean(name, priced) || ` (inventory: 0 leaves it unused)`;
    const measured = formatNames(used.filter((profile) => profile.hardware === name).map(({ model }) => model));
    return `${names.profiles}: hardware of ${measured} = ${formatOffered(name)}, must be listed in ${names.hardware}${nearest}`;
  });

  const need = NEEDS[serviceModel];
  const blank = used.flatMap(({ model, hardware: name, rows }) => {
    const sizes = rows.filter((row) => !need.isGiven(row)).map(({ batchSize }) => String(batchSize));
    if (sizes.length === 0) return [];
    const place = `${names.profiles}: ${need.name} of ${model} on ${name} at batch size ${formatNames(sizes)}`;
    return [`${place} = (empty), must be given for the service model ${serviceModel}`];
  });
  return [...unmeasured, ...unpriced, ...blank];
}
