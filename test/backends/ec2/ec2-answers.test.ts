/** Through the SDK: what is no answer of EC2 is unknown, and never a region without instances. */
import { createServer, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Ec2Api, openEc2Api } from '../../../src/backends/ec2/ec2-launch-api.js';
import { type Ec2ScalingApi, ec2ScalingApi } from '../../../src/backends/ec2/ec2-scaling-api.js';

const ITEM = (id: string, pipeline: string, state = 'running') =>
  `<item><instanceId>${id}</instanceId><instanceState><code>16</code><name>${state}</name></instanceState><tagSet><item><key>p</key><value>${pipeline}</value></item></tagSet></item>`;
const answerOf = (items: string, more = '') =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId><reservationSet><item><instancesSet>${items}</instancesSet></item></reservationSet>${more}</DescribeInstancesResponse>`;
const EMPTY = '<DescribeInstancesResponse><reservationSet/></DescribeInstancesResponse>';

let server: Server;
let scaling: Ec2ScalingApi;
let launching: Ec2Api;
let body: string | Buffer = '';
let status = 200;
const before = { ...process.env };
beforeAll(async () => {
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y', AWS_REGION: 'us-east-1' });
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  scaling = await ec2ScalingApi({ endpoint, region: 'us-east-1' });
  launching = await openEc2Api({ endpoint, region: 'us-east-1' });
});
afterEach(() => {
  status = 200;
});
afterAll(() => {
  process.env = before;
  scaling.close();
  server.closeAllConnections();
  server.close();
});

const find = () => scaling.findInstances({ tags: { p: ['ocr'] }, states: ['running'] }, AbortSignal.timeout(60_000));

it('an answer lists instances, or none', async () => {
  body = answerOf(ITEM('i-1', 'ocr') + ITEM('i-2', 'ocr'));
  expect((await find()).map(({ id }) => id)).toEqual(['i-1', 'i-2']);
  body = EMPTY;
  expect(await find()).toEqual([]);
});

describe('is unknown', () => {
  it.each<[string, string | Buffer]>([
    ['a web page', '<html>please log in</html>'],
    ['nothing', ''],
    ['white space', ' \n'],
    ['JSON', '{"reservations":[]}'],
    ['half an answer', answerOf(ITEM('i-1', 'ocr')).slice(0, -40)],
    ['the answer of another call', EMPTY.replaceAll('DescribeInstancesResponse', 'DescribeVolumesResponse')],
    ['a root alone', '<DescribeInstancesResponse></DescribeInstancesResponse>'],
    ['a root inside a web page', `<html>${EMPTY}</html>`],
    ['an error with the status of an answer', '<Response><Errors><Error><Code>X</Code></Error></Errors></Response>'],
    ['an answer that is packed', gzipSync(EMPTY)],
    ['an instance of another pipeline', answerOf(ITEM('i-1', 'other'))],
    ['an instance in another state', answerOf(ITEM('i-1', 'ocr', 'terminated'))],
    ['an instance twice', answerOf(ITEM('i-1', 'ocr') + ITEM('i-1', 'ocr'))],
    ['an instance without an id', answerOf(ITEM('i-1', 'ocr').replace('<instanceId>i-1</instanceId>', ''))],
    ['pages without end', answerOf('', '<nextToken>again</nextToken>')],
    ['more bytes than an answer has', Buffer.alloc(17 * 2 ** 20, ' ')],
  ])('%s', async (_, text) => {
    body = text;
    await expect(find()).rejects.toMatchObject({ name: 'BackendError', code: 'BACKEND_ANSWER' });
  });

  it('a launch whose answer is a web page, a removal, tags, what may be swept', async () => {
    body = '<html>please log in</html>';
    const signal = AbortSignal.timeout(60_000);
    const run = { launchTemplate: 't', count: 1, tags: {}, token: 'a' };
    for (const call of [
      () => scaling.runInstances(run, signal),
      () => scaling.terminate(['i-1'], signal),
      () => scaling.tag(['i-1'], 'k', 'v', signal),
      () => scaling.findHealthy(['i-1'], signal),
      () => launching.findByTags({}),
      () => launching.terminate(['i-1']),
      () => launching.spotPrices(['c6a.large']),
      () => launching.types(['c6a.large']),
    ])
      await expect(call()).rejects.toMatchObject({ code: 'BACKEND_ANSWER' });
  });

  it('what is refused, in words and without its control characters', async () => {
    status = 403;
    body = '<Response><Errors><Error><Code>Denied</Code><Message>no\u001b[2J</Message></Error></Errors></Response>';
    const refused = await find().catch((error: Error) => error);
    expect(refused).toMatchObject({ code: 'BACKEND_REJECTED' });
    expect((refused as Error).message).not.toMatch(/\p{Cc}/u);
  });
});
