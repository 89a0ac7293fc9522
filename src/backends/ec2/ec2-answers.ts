/**
 * Looks at each answer of EC2 before the SDK does. The SDK takes any text for an answer in which nothing is listed, so
 * that the page of a proxy would be a region without instances. An answer is what begins and ends as its call's does,
 * and lists what the call asks for. It is bounded while it is read.
 */
import type { EC2Client } from '@aws-sdk/client-ec2';
import { boundedText } from '../shared/bounded-text.js';
import { failure, quoted } from '../shared/failure.js';

/** What an answer of a call must have, though empty. */
const LISTED: Readonly<Record<string, string>> = {
  DescribeInstances: 'reservationSet',
  DescribeInstanceStatus: 'instanceStatusSet',
  DescribeInstanceTypes: 'instanceTypeSet',
  DescribeSpotPriceHistory: 'spotPriceHistorySet',
  RunInstances: 'instancesSet',
  TerminateInstances: 'instancesSet',
};

interface WireAnswer {
  statusCode?: number;
  body?: unknown;
}

/** Makes every call of the client reject with BackendError `BACKEND_ANSWER` for what is no answer to it. */
export function checkAnswers(client: EC2Client, place: string): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const result = await next(args);
        const answer = result.response as WireAnswer;
        const text = await boundedText(answer.body as AsyncIterable<Uint8Array>, { place });
        const call = commandName.replace(/Command$/, '');
        const problem = (answer.statusCode ?? 0) >= 300 ? undefined : problemOf(text, call, answer.statusCode);
        if (problem !== undefined) throw failure('BACKEND_ANSWER', { place, what: `${call}: ${problem}` });
        answer.body = Buffer.from(text);
        return result;
      },
    { step: 'deserialize', priority: 'low', name: 'checkAnswers' },
  );
}

/** Why a text is no answer of 200 to a call; undefined when it is one. */
export function problemOf(text: string, call: string, status: number | undefined): string | undefined {
  const root = `${call}Response`;
  const begins = new RegExp(`^\\uFEFF?\\s*(<\\?xml[^>]*\\?>\\s*)?<${root}[\\s>]`);
  if (status !== 200 || !begins.test(text)) return `must answer <${root}>, answered ${quoted(text)}`;
  if (!text.trimEnd().endsWith(`</${root}>`)) return 'the answer breaks off';
  const listed = LISTED[call];
  return listed === undefined || text.includes(`<${listed}`) ? undefined : `must answer <${listed}>, answered none`;
}
