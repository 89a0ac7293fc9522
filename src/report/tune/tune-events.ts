/** Events of the tuner, one line each, as text or JSON. */
import type { LoopEvent, StartedStage } from '../../control-loop/loop-event.js';
import { formatDuration } from '../../model/notation/quantity.js';
import type { TunerLimits } from '../../tuner/tuner-limits.js';
import { formatUsdOverTime } from '../figures.js';
import { formatJsonLine } from '../json.js';
import { formatDriftFinding } from './drift-report.js';
import { boundText, limitsText } from './limit-report.js';
import { formatDecision } from './tune-panel.js';

const EVENT_VERSION = 1;

/** One line that begins with the time since the tuner started. */
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
      return `${event.isResumed ? 'resumed' : 'started'}: ${stagesText(event.stages)}; limits: ${limitsText(event.limits)}`;
    case 'decision':
      return `${event.isApplied ? '' : 'would scale '}${formatDecision(event.decision)}`;
    case 'limited': {
      const { limit, stage, replicas, asked } = event;
      const why = asked > replicas ? 'the traffic asks for' : 'although the traffic needs only';
      return `limited: ${limit} keeps ${stage} at ${replicas}, ${why} ${asked}`;
    }
    case 'limit-over':
      return `${event.limit} no longer limits ${event.stage}, after ${formatDuration(Math.round(event.boundMs))}`;
    case 'applied':
      return `${event.stage} has ${event.replicas}, after ${formatDuration(Math.round(event.activationMs))}`;
    case 'apply-failed':
      return `${event.stage} could not be set to ${event.replicas}: ${event.problem}; ${nextTry(event)}`;
    case 'read-failed':
      return `replicas could not be read: ${event.problem}; ${nextTry(event)}; no replica is removed`;
    case 'arrivals-failed':
      return `arrivals could not be read: ${event.problem}; ${nextTry(event)}; no replica is removed`;
    case 'arrivals-unknown':
      return `arrivals are not known: ${event.problem}; no replica is removed`;
    case 'arrivals-corrected':
      return `arrivals: ${event.note}`;
    case 'arrivals-back':
      return 'arrivals can be read again';
    case 'gap': {
      const span = `from ${formatDuration(event.fromMs)} to ${formatDuration(event.toMs)} of their clock`;
      return `arrivals ${span} are unknown: no replica is removed for 30 s`;
    }
    case 'clock-set-back': {
      const span = `from ${formatDuration(event.fromMs)} to ${formatDuration(Math.max(0, event.toMs))}`;
      return `the clock of the arrivals was set back ${span}: no replica is removed for 30 s`;
    }
    case 'clock-restarted': {
      const at = formatDuration(Math.max(0, event.atMs));
      return `the clock of the arrivals restarted at ${at}, and so did the live system: setting its replicas again`;
    }
    case 'changed-by-hand': {
      const { stage, from, to } = event;
      const until = `${formatDuration(event.untilMs)} of the arrivals' clock`;
      return `somebody else set ${stage} from ${from} to ${to}: it stays until ${until}`;
    }
    case 'kept-within-limits': {
      const { by, stage, asked, replicas, limitedBy } = event;
      return `${by} asks for ${asked} replicas of ${stage}: ${replicas} are allowed (${limitedBy})`;
    }
    case 'drift':
      return event.findings.length === 0
        ? 'the traffic fits the plan again'
        : `re-plan: ${event.findings.map(formatDriftFinding).join('; ')}`;
    case 'replanned':
      return `new plan: ${event.path}; ${event.isAdopted ? 'adopted' : `not adopted: ${event.reason}`}`;
    case 'replan-failed':
      return `planning again failed: ${event.problem}`;
    case 'ended':
      return [
        event.left === undefined
          ? 'ended; could not read what is left running'
          : `ended; left running: ${stagesText(event.left)}`,
        ...event.bound.map(boundText),
      ].join('; ');
  }
}

/** What an ended run leaves behind, and which limits bound in it: the last lines below a panel. */
export function formatEnd(
  { left, bound }: Extract<LoopEvent, { kind: 'ended' }>,
  { costUsdPerHour, limits }: { readonly costUsdPerHour: number; readonly limits: TunerLimits },
): string {
  const ended =
    left === undefined
      ? 'The tuner ended. It could not read what is left running.'
      : `The tuner ended. Left running, at ${formatUsdOverTime(costUsdPerHour)}: ${stagesText(left)}`;
  const held = bound.length === 0 ? 'none bound' : bound.map(boundText).join('; ');
  return `${ended}\nLimits: ${limitsText(limits)}. ${held[0]!.toUpperCase()}${held.slice(1)}.\n`;
}

function stagesText(stages: readonly StartedStage[]): string {
  return stages
    .map(({ stage, wanted, ready }) => `${stage} ${wanted}${ready === wanted ? '' : ` (${ready} ready)`}`)
    .join(', ');
}

function nextTry({ retryMs }: { readonly retryMs: number }): string {
  return `next try in ${formatDuration(Math.round(retryMs))}`;
}
