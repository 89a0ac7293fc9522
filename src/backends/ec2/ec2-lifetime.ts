/**
 * No machine launched for measuring may outlive its limit. Three independent mechanisms ensure it: the profiler
 * terminates it at the end, the machine shuts itself down at its limit, which terminates it (`userData`), and every
 * later start of the profiler terminates machines whose tagged limit has passed (`sweepExpired`).
 */
import { msFromS } from '../../units.js';
import type { Ec2Api, Ec2Machine } from './ec2-launch-api.js';

export const RUN_TAG = 'infer-plan:run';
export const EXPIRES_TAG = 'infer-plan:expires';

const MINUTE_MS = msFromS(60);
/** States from which a machine can still cost something. */
const ALIVE: readonly string[] = ['pending', 'running', 'stopping', 'stopped', 'unknown'];

/** Whole minutes a machine may live: what is asked for, or what the money pays for where that is less. */
export function lifetimeMinutes(asked: {
  readonly lifetimeMs: number;
  readonly maxUsd: number;
  readonly usdPerHour: number;
}): number {
  const paidMs = (asked.maxUsd / asked.usdPerHour) * MINUTES_PER_HOUR * MINUTE_MS;
  return Math.floor(Math.min(asked.lifetimeMs, paidMs) / MINUTE_MS);
}

const MINUTES_PER_HOUR = 60;

/** Tags of one machine: which run it is for, and when it must be gone (ISO 8601, UTC). */
export function lifetimeTags({ runId, expires }: { runId: string; expires: Date }): Record<string, string> {
  return { Name: 'infer-plan profile', [RUN_TAG]: runId, [EXPIRES_TAG]: expires.toISOString() };
}

/** Script of the first boot: a shutdown at the limit; where `shutdown` takes no time, a sleep before it. */
export function lifetimeScript(minutes: number): string {
  const seconds = minutes * 60;
  return `#!/bin/sh
# This machine was launched by infer-plan to be measured. It terminates itself after ${minutes} minutes.
shutdown -h +${minutes} || (sleep ${seconds}; poweroff) &
`;
}

/** Machines of earlier runs whose limit is over, or cannot be read. */
export function expiredAmong(machines: readonly Ec2Machine[], nowMs: number): readonly Ec2Machine[] {
  return machines.filter(({ state, tags }) => {
    const expiresMs = Date.parse(tags[EXPIRES_TAG] ?? '');
    return ALIVE.includes(state) && !(expiresMs > nowMs);
  });
}

/** Terminates what has expired; returns the ids. */
export async function sweepExpired(api: Ec2Api, nowMs: number): Promise<readonly string[]> {
  const ids = expiredAmong(await api.findByTags({ [EXPIRES_TAG]: undefined }), nowMs).map(({ id }) => id);
  await api.terminate(ids);
  return ids;
}

/** Terminates every machine of one run that is still alive; returns the ids. */
export async function terminateRun(api: Ec2Api, runId: string): Promise<readonly string[]> {
  const machines = await api.findByTags({ [RUN_TAG]: runId });
  const ids = machines.filter(({ state }) => ALIVE.includes(state)).map(({ id }) => id);
  await api.terminate(ids);
  return ids;
}
