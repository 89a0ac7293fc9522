import { expect, it } from 'vitest';
import type { LoopStatus } from '../../src/control-loop/loop-watch.js';
import { serveTunerMetrics } from '../../src/control-loop/metrics.js';
import { NO_LIMITS } from '../../src/tuner/tuner-limits.js';

const STATUS: LoopStatus = {
  pipeline: 'p',
  isApplying: true,
  upMs: 1000,
  checkedMs: 900,
  dataAgeMs: 250,
  overdueMs: undefined,
  troubles: [],
  limits: NO_LIMITS,
  bound: [],
  decision: { kind: 'hold', reason: 'as needed' },
  windows: [{ windowMs: 100, plannedQps: 200, liveQps: 90, lookBackQps: 150 }],
  stages: [
    {
      stage: 'a',
      hardware: 'cpu',
      planned: 2,
      wanted: 3,
      ready: 2,
      costUsdPerHour: 3,
      askedForMs: undefined,
      problem: undefined,
      activationMs: 5100,
      handLeftMs: undefined,
    },
  ],
  decisions: [],
  ups: 0,
  downs: 0,
  costUsdPerHour: 3,
  plannedUsdPerHour: 2,
  costUsd: 0.5,
};

it('the age of the data grows from the start, before any is known', async () => {
  const metrics = await serveTunerMetrics({ port: 0 }, () => ({ ...STATUS, upMs: 75_000, dataAgeMs: undefined }));
  try {
    expect(await (await fetch(metrics.url)).text()).toContain('infer_plan_tuner_data_age_seconds 75\n');
  } finally {
    await metrics.close();
  }
});

it('says over HTTP what the status says, and counts what happened', async () => {
  const metrics = await serveTunerMetrics({ port: 0 }, () => STATUS);
  try {
    metrics.see({ kind: 'arrivals-failed', problem: 'gone', retryMs: 1 });
    metrics.see({ kind: 'changed-by-hand', stage: 'a', from: 1, to: 2, untilMs: 9 });
    const answer = await fetch(metrics.url);
    const lines = (await answer.text()).split('\n');
    for (const line of [
      'infer_plan_tuner_replicas{stage="a",kind="wanted"} 3',
      'infer_plan_tuner_replicas{stage="a",kind="ready"} 2',
      'infer_plan_tuner_activation_seconds{stage="a"} 5.1',
      'infer_plan_tuner_rate_qps{window_ms="100",kind="look_back"} 150',
      'infer_plan_tuner_data_age_seconds 0.25',
      'infer_plan_tuner_cost_usd_per_hour 3',
      'infer_plan_tuner_failures_total{what="arrivals"} 1',
      'infer_plan_tuner_failures_total{what="set"} 0',
      'infer_plan_tuner_changes_by_hand_total{stage="a"} 1',
    ]) {
      expect(lines).toContain(line);
    }
    expect((await fetch(metrics.url.replace('/metrics', '/'))).status).toBe(404);
  } finally {
    await metrics.close();
  }
});

it('names the port it could not have', async () => {
  const metrics = await serveTunerMetrics({ port: 0 }, () => undefined);
  const port = Number(new URL(metrics.url).port);
  await expect(serveTunerMetrics({ port }, () => undefined)).rejects.toThrow(`metrics on 127.0.0.1:${port}`);
  await metrics.close();
});

it('tells a page of another site nothing, and with a token only who has it', async () => {
  const metrics = await serveTunerMetrics({ port: 0, token: 'secret' }, () => STATUS);
  const statusFor = async (headers: Record<string, string>) => (await fetch(metrics.url, { headers })).status;
  try {
    expect(await statusFor({})).toBe(401);
    expect(await statusFor({ authorization: 'Bearer wrong' })).toBe(401);
    expect(await statusFor({ authorization: 'Bearer secret', origin: 'http://evil.example' })).toBe(403);
    expect(await statusFor({ authorization: 'Bearer secret' })).toBe(200);
  } finally {
    await metrics.close();
  }
});
