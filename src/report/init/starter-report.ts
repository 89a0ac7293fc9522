/** The report of `init`. */
import { formatJson } from '../json.js';

const STARTER_VERSION = 1;
const FILES = [
  ['pipeline.yaml', 'stages, edges and the objective'],
  ['hardware.yaml', 'what replicas may run on, with prices'],
  ['profiles.csv', 'service times of the models, with their sources'],
  ['trace.csv', 'arrivals'],
] as const;

export interface Starter {
  readonly template: string;
  readonly name: string;
  readonly folder: string;
}

export function formatStarter({ name, folder }: Starter): string {
  const into = folder === '.' ? '' : ` in ${folder}`;
  const files = FILES.map(([file, what]) => `  ${file.padEnd(15)} ${what}`);
  const first = folder === '.' ? '' : `cd ${folder} && `;
  return [
    `Pipeline ${name}${into}:`,
    ...files,
    '',
    `Next: ${first}infer-plan plan`,
    'Then put your own in: stages in pipeline.yaml, `infer-plan profile` for service',
    'times, `infer-plan trace import` for recorded arrivals.',
    '',
  ].join('\n');
}

export function starterJson({ template, name, folder }: Starter): string {
  return formatJson({ version: STARTER_VERSION, template, name, folder, files: FILES.map(([file]) => file) });
}
