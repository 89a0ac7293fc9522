/** An inference endpoint that is ready, and answers every query with 429. */
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(request.method === 'POST' ? 429 : 200).end());
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`ready ${server.address().port}\n`));
