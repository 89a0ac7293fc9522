/** `infer-plan tune --apply` as a process that is started again whenever it ends, and what it said in each life. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { CLI } from '../measure.js';

const SHIM = join(import.meta.dirname, 'shim.js');
const RESTART_AFTER_MS = 50;

export class TuneProcess {
  /** Lives so far, oldest first: `{ pid, events, stderr, end }`; an event has the instant at which it was heard; `end` is a code or a signal, undefined while it lives. */
  lives = [];
  #start;
  #child;
  #isWanted = true;
  #running;

  constructor({ folder, args, env }) {
    this.#start = () =>
      spawn(process.execPath, ['--import', SHIM, CLI, 'tune', ...args], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...env },
      });
    this.#running = this.#run();
  }

  get life() {
    return this.lives.at(-1);
  }

  /** Whether it has begun its work and goes on. */
  get isTuning() {
    return this.life !== undefined && this.life.end === undefined && this.life.events.length > 0;
  }

  signal(name) {
    this.#child?.kill(name);
  }

  /** Asks this life to end, once: a second time would not wait for the summary. */
  endLife() {
    if (this.life === undefined || this.life.isAsked) return;
    this.life.isAsked = true;
    this.signal('SIGCONT');
    this.signal('SIGTERM');
  }

  /** Ends it for good; resolves when it has ended. */
  async end() {
    this.#isWanted = false;
    this.endLife();
    await this.#running;
  }

  async #run() {
    while (this.#isWanted) {
      await this.#live();
      await new Promise((resolve) => setTimeout(resolve, RESTART_AFTER_MS));
    }
  }

  async #live() {
    const child = this.#start();
    const life = { pid: child.pid, events: [], stderr: '', end: undefined, isAsked: false };
    this.lives.push(life);
    this.#child = child;
    let rest = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) life.events.push({ ...JSON.parse(line), heardMs: performance.now() });
    });
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text) => {
      life.stderr += text;
    });
    life.end = await new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal)));
    this.#child = undefined;
  }
}
