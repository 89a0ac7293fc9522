/** The tuner's own metrics, for Prometheus: what the panel shows, over HTTP. */
import { createServer } from 'node:http';
import { BackendError } from '../errors.js';
import { portGuard } from '../http-port/port-guard.js';
import { msFromS, sFromMs } from '../units.js';
import type { LoopEvent } from './loop-event.js';
import type { LoopStatus } from './loop-watch.js';

const REQUEST_TIMEOUT_MS = msFromS(10);
/** A few scrapers. */
const MOST_CONNECTIONS = 32;

export interface TunerMetrics {
  see(event: LoopEvent): void;
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves metrics on the loopback address; port 0 takes a free one. Throws BackendError `METRICS` when the port is
 * taken.
 */
export async function serveTunerMetrics(
  { port, token, host = '127.0.0.1' }: { port: number; token?: string | undefined; host?: string },
  status: () => LoopStatus | undefined,
): Promise<TunerMetrics> {
  const { Registry, Gauge, Counter } = await import('prom-client');
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `infer_plan_tuner_${name}`, help, labelNames, registers });
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name: `infer_plan_tuner_${name}_total`, help, labelNames, registers });

  const replicas = gauge('replicas', 'Replicas of a stage: planned, wanted by the tuner, ready.', ['stage', 'kind']);
  const activation = gauge('activation_seconds', 'Measured at the last increase of a stage.', ['stage']);
  const rate = gauge(
    'rate_qps',
    'Busiest window of this width: since the last check, within the last two minutes, planned.',
    ['window_ms', 'kind'],
  );
  const age = gauge('data_age_seconds', 'How old the newest known arrivals are.');
  const cost = gauge('cost_usd_per_hour', 'Price of the replicas that exist.');
  const spent = gauge('cost_usd', 'Spent since the tuner began.');
  const applying = gauge('applying', '1 when changes are carried out, 0 in a dry run.');
  const decisions = counter('decisions', 'Changes decided.', ['kind', 'reason']);
  const failures = counter('failures', 'Failures that are retried: arrivals, replicas read, replicas set.', ['what']);
  const hands = counter('changes_by_hand', 'Replicas that somebody else changed.', ['stage']);
  for (const what of ['arrivals', 'read', 'set']) failures.inc({ what }, 0);

  const collect = ({ stages, windows, upMs, dataAgeMs, costUsdPerHour, costUsd, isApplying }: LoopStatus) => {
    for (const { stage, planned, wanted, ready, activationMs } of stages) {
      replicas.set({ stage, kind: 'planned' }, planned);
      replicas.set({ stage, kind: 'wanted' }, wanted);
      replicas.set({ stage, kind: 'ready' }, ready);
      if (activationMs !== undefined) activation.set({ stage }, sFromMs(activationMs));
    }
    for (const { windowMs, liveQps, lookBackQps, plannedQps } of windows) {
      rate.set({ window_ms: windowMs, kind: 'live' }, liveQps);
      rate.set({ window_ms: windowMs, kind: 'look_back' }, lookBackQps);
      rate.set({ window_ms: windowMs, kind: 'planned' }, plannedQps);
    }
    // Before the first arrivals their age is not known, but grows from the start.
    age.set(sFromMs(dataAgeMs ?? upMs));
    cost.set(costUsdPerHour);
    spent.set(costUsd);
    applying.set(isApplying ? 1 : 0);
  };

  const guard = portGuard({ host, token });
  const server = createServer((request, response) => {
    const refused = guard(request);
    if (refused !== undefined) {
      response.writeHead(refused.status, { ...refused.headers, connection: 'close' }).end(`${refused.reason}\n`);
      return;
    }
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end('try GET /metrics\n');
      return;
    }
    const now = status();
    if (now !== undefined) collect(now);
    registry.metrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      reject(
        new BackendError('METRICS', `metrics on ${host}:${port}: ${cause.message}`, {
          cause,
          hint: 'Choose another --metrics-port.',
        }),
      );
    });
    server.listen(port, host, resolve);
  });
  server.unref();
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.maxConnections = MOST_CONNECTIONS;
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;

  return {
    url: `http://${host}:${bound}/metrics`,
    see(event) {
      if (event.kind === 'decision') decisions.inc({ kind: event.decision.kind, reason: event.decision.reason });
      else if (event.kind === 'arrivals-failed' || event.kind === 'arrivals-unknown')
        failures.inc({ what: 'arrivals' });
      else if (event.kind === 'read-failed') failures.inc({ what: 'read' });
      else if (event.kind === 'apply-failed') failures.inc({ what: 'set' });
      else if (event.kind === 'changed-by-hand') hands.inc({ stage: event.stage });
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
