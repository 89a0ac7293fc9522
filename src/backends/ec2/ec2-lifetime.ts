/**
 * No machine launched for measuring may outlive its limit, and no other machine may be ended for it. Anybody who may
 * tag can write any tag, so tags only find machines. What proves that this tool launched one is the client token of its
 * launch, which EC2 keeps and nobody can change; it carries the run and the limit. Three independent mechanisms ensure it: the profiler
 * terminates it at the end, the machine shuts itself down at its limit, which terminates it (`userData`), and every
 * later start of the profiler terminates machines whose tagged limit has passed (`sweepExpired`).
 */
import { msFromS } from '../../units.js';
import type { Ec2Api, Ec2Machine } from './ec2-launch-api.js';

export const RUN_TAG = 'infer-plan:run';
export const EXPIRES_TAG = 'infer-plan:expires';

const MS_PER_S = msFromS(1);
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

const TOKEN = /^infer-plan-profile-([0-9a-z]+)-(.+)$/;
const BASE = 36;

/** Client token of a launch: at most 64 characters, as EC2 wants. */
export function launchToken({ runId, expires }: { runId: string; expires: Date }): string {
  return `infer-plan-profile-${Math.floor(expires.getTime() / MS_PER_S).toString(BASE)}-${runId}`;
}

/** Machines that this tool launched and whose limit is over, by the token of their launch. */
export function expiredAmong(machines: readonly Ec2Machine[], nowMs: number): readonly Ec2Machine[] {
  return machines.filter(({ state, token = '' }) => {
    const [, expires] = TOKEN.exec(token) ?? [];
    return ALIVE.includes(state) && expires !== undefined && Number.parseInt(expires, BASE) * MS_PER_S <= nowMs;
  });
}

/** Terminates what has expired; returns the ids. */
export async function sweepExpired(api: Ec2Api, nowMs: number): Promise<readonly string[]> {
  const ids = expiredAmong(await api.findByTags({ [EXPIRES_TAG]: undefined }), nowMs).map(({ id }) => id);
  await api.terminate(ids);
  return ids;
}

/** Terminates the machine of one launch, if it is still alive: by its id, or by its token where no answer gave the id. */
export async function terminateRun(
  api: Ec2Api,
  { runId, token, id }: { readonly runId: string; readonly token: string; readonly id: string | undefined },
): Promise<readonly string[]> {
  const machines = await api.findByTags({ [RUN_TAG]: runId });
  const own = machines.filter((one) => ALIVE.includes(one.state) && (one.id === id || one.token === token));
  const ids = own.map((one) => one.id);
  await api.terminate(ids);
  return ids;
}
