/**
 * How a running tuner is shown: a panel on a terminal, a line an event elsewhere, JSON lines for another program, and
 * metrics.
 */
import type { ControlLoop } from '../../control-loop/control-loop.js';
import { systemClock } from '../../control-loop/loop-clock.js';
import type { LoopEvent } from '../../control-loop/loop-event.js';
import { LoopWatch } from '../../control-loop/loop-watch.js';
import { serveTunerMetrics } from '../../control-loop/metrics.js';
import { formatDriftFinding } from '../../report/tune/drift-report.js';
import type { PanelLabels } from '../../report/tune/panel-labels.js';
import { formatEnd, formatLoopEvent, loopEventJson } from '../../report/tune/tune-events.js';
import { formatPanel, formatWaiting } from '../../report/tune/tune-panel.js';
import type { TunerPlan } from '../../tuner/tuner-plan.js';
import type { CliIo } from '../io/io.js';

const SHOW_EVERY_MS = 250;

export interface LiveOutput {
  see(event: LoopEvent): void;
  /** From here on panel and metrics look at the loop. */
  watch(loop: ControlLoop): void;
  /** The last picture stays, with what is left running below it. */
  close(): Promise<void>;
}

export interface OutputOptions {
  readonly json: boolean;
  readonly panel: boolean;
  /** Undefined: no metrics. */
  readonly metricsPort: number | undefined;
  /** What the metrics port asks for. */
  readonly token: string | undefined;
  readonly labels: PanelLabels;
  readonly plan: TunerPlan;
  readonly isApplying: boolean;
}

/** Throws BackendError `METRICS` when the port cannot be had. */
export async function openOutput(io: CliIo, options: OutputOptions): Promise<LiveOutput> {
  const { json, labels, isApplying, metricsPort: port, token, plan } = options;
  const startMs = io.nowMs();
  let loop: ControlLoop | undefined;
  let watch: LoopWatch | undefined;
  let problem: string | undefined;
  let last = '';
  const status = () => watch?.status(io.nowMs());
  const screen = options.panel && !json ? await io.openScreen?.() : undefined;
  const metrics = port === undefined ? undefined : await serveTunerMetrics({ port, token }, status);
  if (metrics !== undefined) io.stderr(`metrics at ${metrics.url}\n`);
  for (const note of labels.notes) io.stderr(`warning: ${note}\n`);

  const draw = () => {
    if (screen === undefined) return;
    // The last line stays free, so that the terminal does not scroll.
    const size = { columns: screen.columns, rows: screen.rows - 1 };
    const now = status();
    if (now === undefined) {
      const waiting = { pipeline: plan.pipeline, forMs: io.nowMs() - startMs, problem };
      screen.draw(formatWaiting(waiting, labels, size, io.color));
      return;
    }
    const findings = loop!.findings.map((finding) => `re-plan: ${formatDriftFinding(finding)}`);
    screen.draw(formatPanel(now, { ...labels, notes: [...findings, ...labels.notes] }, size, io.color));
  };
  const ending = new AbortController();
  const drawing = repeat(draw, ending.signal);

  return {
    see(event) {
      const nowMs = io.nowMs();
      watch?.see(event, nowMs);
      metrics?.see(event);
      if (event.kind === 'read-failed') problem = event.problem;
      if (screen === undefined) {
        io.stdout(json ? loopEventJson(event, nowMs - startMs) : formatLoopEvent(event, nowMs - startMs));
      } else if (event.kind === 'ended') {
        last = formatEnd(event, { costUsdPerHour: status()?.costUsdPerHour ?? 0, limits: plan.limits });
      }
    },
    watch(started) {
      loop = started;
      watch = new LoopWatch(started, { isApplying, nowMs: io.nowMs() });
    },
    async close() {
      ending.abort();
      await drawing;
      screen?.close();
      io.stdout(last);
      await metrics?.close();
    },
  };
}

async function repeat(act: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await systemClock.pause(SHOW_EVERY_MS, signal);
    act();
  }
}
