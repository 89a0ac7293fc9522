/** Throws faults at a real `tune --apply` that drives a real `serve`, over an emulated day, and checks what they did. */
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomStream } from '../../dist/random.js';
import { residentMiB, startServe } from '../serve-process.js';
import { growthOf } from '../soak.js';
import {
  badEnds,
  blindRemovals,
  brokenChain,
  strangersNobodySaw,
  unfoundedDecisions,
  unreadableJournal,
  unsaidDecisions,
} from './checks.js';
import { EmulatedDay } from './emulated-day.js';
import { faultPlan } from './fault-plan.js';
import { FaultProxy } from './fault-proxy.js';
import { JournalTail } from './journal-tail.js';
import { makeScene, STAGES, TUNE_LIMITS } from './scene.js';
import { TuneProcess } from './tune-process.js';
import { Witness } from './witness.js';

const SAMPLE_EVERY_MS = 100;
const HOUR_MS = 3_600_000;
/** Longer than a rest that the tuner takes for one. */
const LEAST_JUMP_MS = HOUR_MS / 10;
const MOST_BY_HAND = 10;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** See run-chaos.d.ts. */
export async function runChaos({ count, seed, speed, dayMs, settleMs, isMortal = true, onProgress = () => {} }) {
  const folder = makeScene();
  const stage = await openStage({ folder, seed, speed });
  try {
    const plan = faultPlan({ count, isMortal, random: randomStream(seed, 'faults') });
    const running = [];
    for (const [n, fault] of plan.entries()) {
      onProgress({ n, fault });
      running.push(stage.act(fault));
      await pause(fault.pauseMs);
    }
    while (stage.day.passedMs() < dayMs) await pause(SAMPLE_EVERY_MS);
    await Promise.all(running);
    const isSettled = await stage.settle(settleMs);
    return await stage.finish({ plan, isSettled });
  } finally {
    await stage.close();
    rmSync(folder, { recursive: true });
  }
}

async function openStage({ folder, seed, speed }) {
  const journalPath = join(folder, 'chaos.tune.journal');
  const day = new EmulatedDay({ speed, random: randomStream(seed, 'arrivals') });
  const journal = new JournalTail({ path: journalPath, eraNow: () => day.eras.length - 1 });
  let serve = await startServe([], { cwd: folder });
  day.beginEra();
  const witness = new Witness({ journal, planned: await replicasAt(serve.url) });
  const proxy = await FaultProxy.start({ day, onChange: (...asked) => witness.asked(...asked) });
  proxy.upstream = serve.url;
  const tune = new TuneProcess({
    folder,
    args: ['--target', `local=${proxy.url}`, '--apply', '--json', '--journal', journalPath, ...TUNE_LIMITS],
    env: { CHAOS_FOLDER: folder, CHAOS_SPEED: String(speed), CHAOS_ZERO_MS: String(Date.now()) },
  });
  const memory = { tune: [], serve: [] };
  let isSampling = false;
  const sampling = setInterval(async () => {
    journal.look();
    if (tune.isTuning) memory.tune.push(residentMiB(tune.life.pid) ?? 0);
    if (isSampling || proxy.upstream === undefined) return;
    memory.serve.push(residentMiB(serve.pid) ?? 0);
    isSampling = true;
    const now = await replicasAt(proxy.upstream).catch(() => undefined);
    isSampling = false;
    if (now !== undefined) witness.sampled(now);
  }, SAMPLE_EVERY_MS);
  let restarting = Promise.resolve();
  const killAll = () => {
    for (const pid of [serve.pid, tune.life?.pid]) signal(pid, 'SIGKILL');
  };
  process.once('exit', killAll);

  async function restartServe(afterMs) {
    if (proxy.upstream === undefined) return;
    proxy.upstream = undefined;
    day.endEra();
    proxy.dropStreams();
    await serve.stop('SIGKILL');
    await pause(afterMs);
    serve = await startServe([], { cwd: folder });
    witness.serveStarted();
    day.beginEra();
    proxy.upstream = serve.url;
  }

  /** By kind: faults that are not in what goes over the wire. Each ends what it began. */
  const others = {
    'kill serve': ({ forMs }) => {
      restarting = restarting.then(() => restartServe(forMs));
      return restarting;
    },
    'freeze serve': async ({ forMs }) => {
      const { pid } = serve;
      signal(pid, 'SIGSTOP');
      await pause(forMs);
      signal(pid, 'SIGCONT');
    },
    'kill tune': () => tune.signal('SIGKILL'),
    'end tune': () => tune.endLife(),
    'freeze tune': async ({ forMs }) => {
      const { pid } = tune.life;
      signal(pid, 'SIGSTOP');
      await pause(forMs);
      signal(pid, 'SIGCONT');
    },
    'arrivals clock forward': ({ draw }) => day.jump(LEAST_JUMP_MS + 3 * draw * HOUR_MS),
    'arrivals clock back': async ({ forMs, draw }) => {
      // A clock that is wrong in its very first reading has nothing that it could be held against.
      while (!journal.entries.some(({ record }) => record.kind !== 'start')) await pause(SAMPLE_EVERY_MS);
      proxy.clockShiftMs = -draw * HOUR_MS;
      await pause(forMs);
      proxy.clockShiftMs = 0;
    },
    'wall clock jump': ({ draw }) =>
      writeFileSync(join(folder, 'wall-shift'), `${Math.round((draw - 0.5) * 100 * HOUR_MS)}`),
    'change by hand': async ({ draw }) => {
      const name = STAGES[Math.floor(draw * STAGES.length)];
      const replicas = 1 + (Math.floor(draw * 1000) % MOST_BY_HAND);
      const url = proxy.upstream;
      if (url === undefined) return;
      const answered = witness.hand(name, replicas);
      await fetch(`${url}/admin/stages/${name}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ replicas }),
      }).catch(() => {});
      answered();
    },
    'kill a replica': async ({ draw }) => {
      const name = STAGES[Math.floor(draw * STAGES.length)];
      if (proxy.upstream === undefined) return;
      await fetch(`${proxy.upstream}/admin/stages/${name}/replicas/0`, { method: 'DELETE' }).catch(() => {});
    },
    'full disk': async ({ forMs }) => {
      const flag = join(folder, 'disk-full');
      writeFileSync(flag, '');
      await pause(forMs);
      rmSync(flag, { force: true });
    },
  };

  return {
    ...{ day, tune, witness },
    act: async (fault) => (others[fault.kind] ?? ((one) => proxy.throw(one)))(fault),

    /** Waits until the live system has what the last state in the journal says. */
    async settle(longestMs) {
      await restarting;
      for (const endMs = performance.now() + longestMs; performance.now() < endMs; await pause(SAMPLE_EVERY_MS)) {
        journal.look();
        const now = await replicasAt(proxy.upstream);
        const wanted = journal.states.at(-1);
        if (tune.isTuning && STAGES.every((one) => now[one] === wanted[one])) return true;
      }
      return false;
    },

    async finish({ plan, isSettled }) {
      await tune.end();
      journal.look();
      const { entries } = journal;
      const { lives } = tune;
      const left = await replicasAt(proxy.upstream);
      const checks = {
        'requests and limits, as they came': witness.violations,
        'each decision follows from the state before it, once': brokenChain(entries),
        'each decision is written and said once': unsaidDecisions(entries, lives),
        'decisions by arrivals that there were, removals by known ones': unfoundedDecisions(entries, day.eras),
        'no removal while replicas cannot be read': blindRemovals(lives, proxy.goodReads),
        'serve ends with what was decided last': isSettled ? [] : [JSON.stringify([left, journal.states.at(-1)])],
        'no change by hand that nobody made': strangersNobodySaw(lives, witness.byHand),
        'ends in order, with one summary': badEnds(lives),
        'the journal reads back': unreadableJournal(journalPath, entries.length),
      };
      const code = await serve.stop();
      checks['serve ends in order'] = code === 0 ? [] : [`serve ended with ${code}: ${serve.stderr()}`];
      checks['no process is left'] = processesOf(folder);
      return {
        checks,
        faults: tally(plan, proxy.met),
        ends: endsOf(lives),
        eras: day.eras.length,
        hours: day.passedMs() / HOUR_MS,
        watchedHours: watchedMs(entries) / HOUR_MS,
        arrivals: day.eras.reduce((sum, { stampsMs }) => sum + stampsMs.length, 0),
        decisions: decisionsIn(entries),
        seen: witness.counts,
        memory: { tune: growthOf(memory.tune), serve: growthOf(memory.serve) },
      };
    },

    async close() {
      clearInterval(sampling);
      for (const pid of [serve.pid, tune.life?.pid]) signal(pid, 'SIGCONT');
      await tune.end();
      await serve.stop('SIGKILL');
      await proxy.close();
      process.off('exit', killAll);
    },
  };
}

async function replicasAt(url) {
  const { stages } = await (await fetch(`${url}/admin/stages`)).json();
  return Object.fromEntries(stages.map(({ stage, replicas }) => [stage, replicas]));
}

/** Signals a process that may be gone. */
function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch {
    // It is.
  }
}

/** Faults thrown by kind, and the requests and streams that met them. */
function tally(plan, met) {
  const kinds = [...new Set(plan.map(({ kind }) => kind))].sort();
  return kinds.map((kind) => ({ kind, thrown: plan.filter((one) => one.kind === kind).length, met: met.get(kind) }));
}

function decisionsIn(entries) {
  const count = (kind) => entries.filter(({ record }) => record.decision?.kind === kind).length;
  const hands = entries.filter(({ record }) => record.kind === 'hand').length;
  return { ups: count('up'), downs: count('down'), hands, records: entries.length };
}

/** Time on the clock of the arrivals for which checks were made, by the journal. */
function watchedMs(entries) {
  let sumMs = 0;
  let last;
  for (const { record, era } of entries) {
    const checkedMs = record.decision?.at_ms ?? record.checked_ms ?? undefined;
    if (checkedMs === undefined) continue;
    const passedMs = last?.era === era ? checkedMs - last.checkedMs : 0;
    if (passedMs > 0 && passedMs < LEAST_JUMP_MS) sumMs += passedMs;
    last = { era, checkedMs };
  }
  return sumMs;
}

/** How many lives of the tuner ended with each exit code or signal. */
function endsOf(lives) {
  const ends = {};
  for (const { end } of lives) ends[end] = (ends[end] ?? 0) + 1;
  return ends;
}

/** Processes that work in this folder. */
function processesOf(folder) {
  if (!existsSync('/proc/self/cwd')) return [];
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      if (readlinkSync(`/proc/${pid}/cwd`) !== folder) return [];
      return [`${pid}: ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`];
    } catch {
      return [];
    }
  });
}
