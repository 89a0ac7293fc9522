/** What `init` asks on a terminal. An answer that does not do is refused in a line and asked for again. */
import { InputError } from '../../errors.js';
import { formatDuration } from '../../model/notation/quantity.js';
import type { Kind } from '../flags/flag.js';
import { choice, latency, positiveRate } from '../flags/kinds.js';
import type { CliIo } from '../io/io.js';
import { burstiness, type InitFlags, pipelineName, TEMPLATES, type Template } from './flags.js';

export const TEMPLATE_LINES: Readonly<Record<Template, string>> = {
  chain: 'one stage after another',
  'fan-out': 'one query becomes several items',
  'branch-and-join': 'two branches side by side, and a stage that waits for both',
  cascade: 'a small model answers most, a large one the rest',
};

export type Answers = Pick<InitFlags, 'template' | 'name' | 'sloMs' | 'rateQps' | 'cv'>;

/** @param given what an empty answer stands for */
export async function askAnswers(
  { ask, stderr }: Pick<CliIo, 'stderr'> & Required<Pick<CliIo, 'ask'>>,
  given: Pick<InitFlags, 'template' | 'rateQps' | 'cv'> & { readonly name: string; readonly sloMs: number },
): Promise<Answers> {
  for (const name of TEMPLATES) stderr(`  ${name.padEnd(16)} ${TEMPLATE_LINES[name]}\n`);
  const asked = async <T>(question: string, kind: Kind<T>, empty: string): Promise<T> => {
    for (;;) {
      const answer = (await ask(`${question} [${empty}] `)).trim();
      try {
        return kind.parse(answer === '' ? empty : answer, question);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        stderr(`${error.message}\n`);
      }
    }
  };
  return {
    template: await asked('template', choice(TEMPLATES), TEMPLATES[0]),
    name: await asked('name', pipelineName, given.name),
    sloMs: await asked('latency objective', latency, formatDuration(given.sloMs)),
    rateQps: await asked('mean rate', positiveRate, `${given.rateQps}/s`),
    cv: await asked('burstiness, as CV of the gaps', burstiness, String(given.cv)),
  };
}
