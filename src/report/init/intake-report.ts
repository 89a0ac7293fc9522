/** The report of `init --from`: what was made of a system's files, and what they do not tell. */
import { meanFanOut, type ParentEdge, type Stage } from '../../model/pipeline.js';
import type { ProfileRow } from '../../model/profile.js';
import { formatCount, formatNumber } from '../figures.js';
import { formatJson } from '../json.js';
import { formatLines, formatTable, type ReportStyle } from '../table.js';

const VERSION = 1;

/** What `init --from` made. */
export interface IntakeReport {
  readonly name: string;
  readonly folder: string;
  readonly source: string;
  readonly intake: {
    readonly stages: readonly { readonly stage: Stage; readonly comments: readonly string[] }[];
    readonly profiles: readonly { readonly model: string; readonly hardware: string; readonly row: ProfileRow }[];
    readonly arrivalsUs?: Float64Array;
    readonly notes: readonly string[];
  };
  /** Kinds of hardware whose price the user has to fill in. */
  readonly unpriced: readonly string[];
  /** The rate of a drawn trace; undefined when the source has arrivals. */
  readonly drawnRateQps?: number;
}

/** Stages with their edges, what was written, what is missing, and the next command. */
export function formatIntake(report: IntakeReport, style: ReportStyle): string {
  const { name, folder, source, intake, unpriced, drawnRateQps } = report;
  const into = folder === '.' ? '' : ` in ${folder}`;
  const first = folder === '.' ? '' : `cd ${folder} && `;
  const rows = intake.stages.map(({ stage }) => {
    const batches = intake.profiles.filter(({ model }) => model === stage.model).map(({ row }) => row.batchSize);
    return [stage.name, stage.parents.map(edgeText).join(', '), batches.length === 0 ? 'none' : batches.join(', ')];
  });
  const isMeasured = intake.stages.every(({ stage }) => intake.profiles.some(({ model }) => model === stage.model));
  const isOpen = intake.stages.some(({ stage }) => stage.parents.some(({ probability }) => Number.isNaN(probability)));
  const arrivals = intake.arrivalsUs === undefined ? undefined : formatCount(intake.arrivalsUs.length);
  return [
    formatLines([`Pipeline ${name}${into}, from ${source}`], style),
    formatTable(
      {
        columns: [
          { heading: 'stage', align: 'left' },
          { heading: 'after', align: 'left' },
          { heading: 'profiled batches', align: 'left' },
        ],
        rows,
      },
      style,
    ),
    formatLines(
      [
        arrivals === undefined
          ? `Trace: drawn, ${formatNumber(drawnRateQps ?? 0)} queries/s`
          : `Trace: ${arrivals} arrivals`,
        ...(intake.notes.length === 0 ? [] : ['Not in the source:', ...intake.notes.map((note) => `- ${note}`)]),
        ...unpriced.map((kind) => `Fill in the price of ${kind} in hardware.yaml`),
        ...(isOpen ? ['Fill in each blank probability in pipeline.yaml'] : []),
        isMeasured ? `Next: ${first}infer-plan plan` : `Next: ${first}infer-plan profile, then infer-plan plan`,
      ],
      style,
    ),
  ].join('\n');
}

function edgeText({ from, probability, fanOut }: ParentEdge): string {
  const share = Number.isNaN(probability)
    ? ' (? %)'
    : probability === 1
      ? ''
      : ` (${formatNumber(probability * 100)} %)`;
  return `${from}${share}${fanOut === 1 ? '' : ` × ${formatNumber(meanFanOut(fanOut))}`}`;
}

/** The same for scripts. */
export function intakeJson({ name, folder, source, intake, unpriced, drawnRateQps }: IntakeReport): string {
  return formatJson({
    version: VERSION,
    name,
    folder,
    source,
    stages: intake.stages.map(({ stage, comments }) => ({ ...stage, comments })),
    profiles: intake.profiles.map(({ model, hardware, row }) => ({ model, hardware, ...row })),
    arrivals: intake.arrivalsUs?.length ?? null,
    drawnRateQps: drawnRateQps ?? null,
    missing: intake.notes,
    unpriced,
  });
}
