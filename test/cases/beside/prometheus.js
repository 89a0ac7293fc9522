/** Answers every query as Prometheus does for a selector that matches nothing. */
import { createServer } from 'node:http';

const body = JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [] } });
const server = createServer((_, response) => response.setHeader('content-type', 'application/json').end(body));
server.listen(0, '127.0.0.1', () => process.stdout.write(`ready ${server.address().port}\n`));
