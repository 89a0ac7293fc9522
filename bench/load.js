/** How late the load generator itself is, and what it costs: against a server of another process that answers at once. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { runLoad } from '../dist/load/run-load.js';
import { drawArrivals } from '../dist/workload/arrival-process.js';
import { constant } from '../dist/workload/curve.js';
import { figure, printTable } from './measure.js';

const RATES_QPS = [100, 1000, 3000];

const ZERO_TIME_SERVER = `
const server = require('node:http').createServer((request, response) => {
  request.resume().on('end', () => response.end('{"outputs":[]}'));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit());
`;

export async function bench({ isQuick }) {
  const durationMs = isQuick ? 1000 : 20_000;
  // The server ends with this process: its standard input closes then.
  const server = spawn(process.execPath, ['-e', ZERO_TIME_SERVER], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [port] = await once(server.stdout, 'data');
  const rows = [];
  for (const rateQps of RATES_QPS) {
    const arrivalProcess = { rateQps: constant(rateQps), cv: constant(1) };
    const cpu = process.cpuUsage();
    const { queries, failed, sendLag, latency } = await runLoad({
      url: `http://127.0.0.1:${String(port).trim()}`,
      model: 'none',
      arrivals: drawArrivals(arrivalProcess, { seed: 1, bound: { durationMs } }),
      body: () => '{"inputs":[]}',
      timeoutMs: 30_000,
      limitInFlight: 4000,
    });
    const { user, system } = process.cpuUsage(cpu);
    const lags = [sendLag.p50Ms, sendLag.p90Ms, sendLag.p99Ms, sendLag.maxMs, latency.p50Ms, latency.p99Ms].map(figure);
    rows.push([rateQps, queries, failed, ...lags, figure((user + system) / 1000 / queries)]);
  }
  server.kill();
  const header = ['queries/s', 'queries', 'failed', 'lag p50 ms', 'lag p90 ms', 'lag p99 ms', 'lag max ms'];
  printTable(
    `load: Poisson arrivals for ${durationMs / 1000} s at a server that answers at once, on the same machine`,
    [...header, 'latency p50 ms', 'latency p99 ms', 'CPU ms a query'],
    rows,
  );
}
