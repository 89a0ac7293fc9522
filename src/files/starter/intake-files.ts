/** The texts of the files that an intake becomes. */
import { stringify } from 'yaml';
import { formatDuration } from '../../model/notation/quantity.js';
import type { FanOut, ParentEdge, Stage } from '../../model/pipeline.js';
import { ENTRY } from '../../model/pipeline.js';
import type { Intake, IntakeStage } from '../intake/intake.js';
import { PROFILE_COLUMNS } from '../profile/profile-file.js';
import { csvText } from '../profile/profile-writer.js';

const MS_DECIMALS = 6;
const LONGEST_COMMENT = 116;

/** What the pipeline file says that no source tells. */
export interface IntakeAnswers {
  readonly name: string;
  readonly sloMs: number;
  /** Where it comes from, in words. */
  readonly source: string;
}

/** pipeline.yaml: stages with what the source says of them, and under the head what it does not tell. */
export function intakePipelineText(intake: Intake, { name, sloMs, source }: IntakeAnswers): string {
  const notes = intake.notes.flatMap((note) => wrapped(`- ${note}`, '# ', '#   '));
  return [
    `# ${name}, from ${source}.`,
    ...(notes.length === 0 ? [] : ['# What the source does not tell:', ...notes]),
    'version: 1',
    `name: ${scalar(name)}`,
    `slo: ${formatDuration(sloMs)} # an assumption unless you gave it: 99 % of the queries are answered within this`,
    'profiles: profiles.csv # how long a batch takes, by model, hardware and batch size',
    'hardware: hardware.yaml # what a replica may run on, and what that costs',
    'trace: trace.csv # arrivals: the plan holds the SLO on these',
    '',
    'stages:',
    ...intake.stages.flatMap(stageLines),
    '',
  ].join('\n');
}

/** profiles.csv; undefined without rows: \`infer-plan profile\` makes the file. */
export function intakeProfilesText({ profiles }: Intake): string | undefined {
  if (profiles.length === 0) return undefined;
  const rows = profiles.map(({ model, hardware, row }) => ({
    model,
    hardware,
    batch_size: String(row.batchSize),
    mean_ms: decimal(row.meanMs),
    p50_ms: decimal(row.p50Ms),
    p95_ms: decimal(row.p95Ms),
    p99_ms: decimal(row.p99Ms),
    samples: row.samples === undefined ? '' : String(row.samples),
    runtime: row.runtime,
    source: row.source,
  }));
  return csvText(PROFILE_COLUMNS, rows);
}

function stageLines({ stage, comments }: IntakeStage): readonly string[] {
  const { parents } = stage;
  const [first, ...others] = parents;
  const isEntry = others.length === 0 && first!.from === ENTRY && isCertain(first!);
  return [
    '',
    ...comments.flatMap((comment) => wrapped(comment, '  # ', '  # ')),
    `  - name: ${scalar(stage.name)}`,
    ...(stage.kind === 'model' ? [] : [`    kind: ${stage.kind}`]),
    ...(stage.model === stage.name ? [] : [`    model: ${scalar(stage.model)}`]),
    ...(stage.batchTimeoutMs === undefined ? [] : [`    batch_timeout: ${formatDuration(stage.batchTimeoutMs)}`]),
    ...(stage.minReplicas === undefined ? [] : [`    min_replicas: ${stage.minReplicas}`]),
    ...(isEntry ? [] : ['    parents:', ...parents.flatMap(edgeLines)]),
  ];
}

function isCertain({ probability, fanOut, group, per }: Stage['parents'][number]): boolean {
  return probability === 1 && fanOut === 1 && group === undefined && per === undefined;
}

/** A probability that the source does not tell is NaN, and stays blank: the pipeline is refused until it is filled in. */
function edgeLines(edge: ParentEdge): readonly string[] {
  if (isCertain(edge)) return [`      - ${scalar(edge.from)}`];
  const { from, probability, fanOut, group, per } = edge;
  if (Number.isNaN(probability)) {
    return [
      `      - from: ${scalar(from)}`,
      '        probability: # fill in: the share of the queries that go this way',
      ...(group === undefined ? [] : [`        group: ${scalar(group)}`]),
    ];
  }
  const parts = [
    `from: ${scalar(from)}`,
    ...(probability === 1 ? [] : [`probability: ${probability}`]),
    ...(fanOut === 1 ? [] : [`fan_out: ${fanOutText(fanOut)}`]),
    ...(group === undefined ? [] : [`group: ${scalar(group)}`]),
    ...(per === undefined ? [] : [`per: ${per}`]),
  ];
  return [`      - { ${parts.join(', ')} }`];
}

function fanOutText(fanOut: FanOut): string {
  if (typeof fanOut === 'number') return String(fanOut);
  return `{ ${fanOut.map(({ items, share }) => `${items}: ${share}`).join(', ')} }`;
}

function scalar(text: string): string {
  return stringify(text, { lineWidth: 0, defaultStringType: 'PLAIN' }).trim();
}

function decimal(ms: number | undefined): string {
  return ms === undefined ? '' : String(Number(ms.toFixed(MS_DECIMALS)));
}

/** Lines of a comment, broken between words. */
function wrapped(text: string, first: string, next: string): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(/\s+/)) {
    if (!isEmpty && line.length + 1 + word.length > LONGEST_COMMENT) {
      lines.push(line);
      line = next + word;
    } else line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
