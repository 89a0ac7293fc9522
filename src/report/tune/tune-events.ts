/** What happens in the tuner, a line each: for a log, or as JSON for another program. */

import type { LoopEvent, StartedStage } from '../../control-loop/loop-event.js';
import { formatDuration } from '../../model/notation/quantity.js';
import { formatUsd } from '../figures.js';
import { formatJsonLine } from '../json.js';
import { formatDriftFinding } from './drift-report.js';
import { formatDecision } from './tune-panel.js';

const EVENT_VERSION = 1;

/** One line, with how long the tuner has been up in front of it. */
export function formatLoopEvent(event: LoopEvent, upMs: number): string {
  return `${`+${formatDuration(Math.round(upMs))}`.padEnd(10)} ${textOf(event)}\n`;
}

/** The same as one line of JSON. */
export function loopEventJson(event: LoopEvent, upMs: number): string {
  return formatJsonLine({ version: EVENT_VERSION, upMs: Math.round(upMs), ...event });
}

function textOf(event: LoopEvent): string {
  switch (event.kind) {
    case 'started':
      return `${event.isResumed ? 'resumed' : 'started'}: ${stagesText(event.stages)}`;
    case 'decision':
      return `${event.isApplied ? '' : 'would scale '}${formatDecision(event.decision)}`;
    case 'applied':
      return `${event.stage} has ${event.replicas}, after ${formatDuration(Math.round(event.activationMs))}`;
    case 'apply-failed':
      return `${event.stage} could not be set to ${event.replicas}: ${event.problem}; next try in ${wait(event.retryMs)}`;
    case 'read-failed':
      return `replicas could not be read: ${event.problem}; next try in ${wait(event.retryMs)}; nothing is scaled down for it`;
    case 'arrivals-failed':
      return `arrivals are not known: ${event.problem}; next try in ${wait(event.retryMs)}; nothing is scaled down for it`;
    case 'arrivals-back':
      return 'arrivals are known again';
    case 'gap':
      return `arrivals from ${formatDuration(event.fromMs)} to ${formatDuration(event.toMs)} of their clock are not known: nothing is removed for 30 s`;
    case 'clock-restarted':
      return `the clock of the arrivals began anew at ${formatDuration(Math.max(0, event.atMs))}: the live system was started again; its replicas are asked for again`;
    case 'changed-by-hand':
      return `${event.stage} was changed by hand, ${event.from} -> ${event.to}: left so until ${formatDuration(event.untilMs)} of the arrivals' clock`;
    case 'drift':
      return event.findings.length === 0
        ? 'the traffic is again what the plan was made for'
        : `re-plan: ${event.findings.map(formatDriftFinding).join('; ')}`;
    case 'replanned':
      return `planned anew: ${event.path}; ${event.isAdopted ? 'going on with it' : `not adopted: ${event.reason}`}`;
    case 'replan-failed':
      return `planning anew failed: ${event.problem}`;
    case 'ended':
      return event.left === undefined
        ? 'ended; what is left running could not be read'
        : `ended; left running: ${stagesText(event.left)}`;
  }
}

/** What a run that ended leaves, for the last line of a panel too. */
export function formatLeft(left: readonly StartedStage[] | undefined, costUsdPerHour: number): string {
  if (left === undefined) return 'The tuner ended. What is left running could not be read.\n';
  return `The tuner ended. Left running, at $${formatUsd(costUsdPerHour)} per hour: ${stagesText(left)}\n`;
}

function stagesText(stages: readonly StartedStage[]): string {
  return stages
    .map(({ stage, wanted, ready }) => `${stage} ${wanted}${ready === wanted ? '' : ` (${ready} ready)`}`)
    .join(', ');
}

function wait(ms: number): string {
  return formatDuration(Math.round(ms));
}
