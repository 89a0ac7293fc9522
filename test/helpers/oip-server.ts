/** A server of the Open Inference Protocol of a few lines, inside the test's own process. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OipServer {
  readonly url: string;
  /** Batch sizes of the requests to each model, in order. */
  readonly batches: ReadonlyMap<string, readonly number[]>;
  stop(): Promise<void>;
}

/** Serves models with one input `x`, FP32 [batch, 2]; batches above 8 are refused. */
export async function startOipServer(models: readonly string[]): Promise<OipServer> {
  const batches = new Map<string, number[]>(models.map((model) => [model, []]));
  const server = createServer((request, response) => {
    const reply = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const [, model = '', call] = /^\/v2\/models\/([^/]+)(\/infer)?$/.exec(request.url ?? '') ?? [];
    if (request.url === '/v2') reply(200, { name: 'small', version: '1' });
    else if (!batches.has(model)) reply(404, { error: 'unknown model' });
    else if (call === undefined) reply(200, { name: model, inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 2] }] });
    else {
      let text = '';
      request.on('data', (piece) => {
        text += piece;
      });
      request.on('end', () => {
        const [size] = (JSON.parse(text) as { inputs: [{ shape: [number] }] }).inputs[0].shape;
        batches.get(model)!.push(size);
        if (size > 8) reply(400, { error: 'more than 8 rows' });
        else reply(200, { outputs: [] });
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    batches,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
