/** Service times by batch size. */
import type { ProfileRow } from '../../model/profile.js';
import { qpsOver, usFromMs } from '../../units.js';
import { formatCount, formatMs, formatNumber } from '../figures.js';
import type { Document, Section } from './document.js';

const LEFT = { align: 'left' } as const;
const RIGHT = { align: 'right' } as const;

/** One curve of one model on one kind of hardware. */
export interface ShownProfile {
  readonly model: string;
  readonly hardware: string;
  readonly rows: readonly ProfileRow[];
}

/** Measured rows as curves: those of one model, hardware and way of measuring. */
export function curvesOf(
  rows: readonly (ProfileRow & { readonly model: string; readonly hardware: string })[],
): readonly ShownProfile[] {
  const groups = new Map<string, { model: string; hardware: string; rows: ProfileRow[] }>();
  for (const row of rows) {
    const hardware = row.curve === undefined ? row.hardware : `${row.hardware}, ${row.curve}`;
    const key = JSON.stringify([row.model, hardware]);
    const group = groups.get(key) ?? { model: row.model, hardware, rows: [] };
    groups.set(key, group);
    group.rows.push(row);
  }
  return [...groups.values()];
}

/** A section for each model: its time against batch size on each kind of hardware. */
export function profileDocument(title: string, profiles: readonly ShownProfile[]): Document {
  const models = [...new Set(profiles.map(({ model }) => model))];
  const rows = profiles.reduce((sum, one) => sum + one.rows.length, 0);
  return {
    title,
    summary: `${formatCount(rows)} rows of ${formatCount(models.length)} ${models.length === 1 ? 'model' : 'models'}`,
    sections: models.map((model) =>
      modelSection(
        model,
        profiles.filter((one) => one.model === model),
      ),
    ),
  };
}

function modelSection(model: string, profiles: readonly ShownProfile[]): Section {
  return {
    heading: model,
    sentences: [],
    picture: {
      kind: 'lines',
      label: `Service time of ${model} by batch size, on each kind of hardware`,
      x: 'batch size',
      y: 'mean (ms)',
      series: profiles.map(({ hardware, rows }) => ({
        name: hardware,
        points: rows.map(({ batchSize, meanMs }) => [batchSize, meanMs] as const),
        hasDots: true,
      })),
    },
    tables: [
      {
        columns: [
          { heading: 'hardware', ...LEFT },
          ...['batch size', 'mean (ms)', 'p50 (ms)', 'p99 (ms)', 'items/s', 'samples'].map((heading) => ({
            heading,
            ...RIGHT,
          })),
          { heading: 'source', ...LEFT },
        ],
        rows: profiles.flatMap(({ hardware, rows }) =>
          rows.map(({ batchSize, meanMs, p50Ms, p99Ms, samples, source }) => [
            hardware,
            formatCount(batchSize),
            formatMs(meanMs),
            formatMs(p50Ms ?? null),
            formatMs(p99Ms ?? null),
            formatNumber(qpsOver(batchSize, usFromMs(meanMs))),
            samples === undefined ? '-' : formatCount(samples),
            source,
          ]),
        ),
      },
    ],
  };
}
