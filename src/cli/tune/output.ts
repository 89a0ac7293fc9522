/** How a running tuner is shown: a panel on a terminal, a line an event elsewhere or when asked for, JSON lines for another program. */

import type { LoopEvent } from '../../control-loop/loop-event.js';
import type { LoopStatus } from '../../control-loop/loop-watch.js';
import { formatLeft, formatLoopEvent, loopEventJson } from '../../report/tune/tune-events.js';
import { formatPanel, type PanelLabels } from '../../report/tune/tune-panel.js';
import type { CliIo, Screen } from '../io/io.js';

export interface LiveOutput {
  see(event: LoopEvent, upMs: number): void;
  /** Shows how things are now; does nothing where events are lines. */
  show(status: LoopStatus, labels: PanelLabels): void;
  close(): void;
}

export async function liveOutput(
  io: CliIo,
  { json, panel }: { json: boolean; panel: boolean },
  costUsdPerHour: () => number,
): Promise<LiveOutput> {
  const screen = panel && !json ? await io.openScreen?.() : undefined;
  if (screen !== undefined) return onScreen(io, screen, costUsdPerHour);
  return {
    see: (event, upMs) => io.stdout(json ? loopEventJson(event, upMs) : formatLoopEvent(event, upMs)),
    show: () => {},
    close: () => {},
  };
}

function onScreen(io: CliIo, screen: Screen, costUsdPerHour: () => number): LiveOutput {
  let last = '';
  return {
    see(event) {
      if (event.kind === 'ended') last = formatLeft(event.left, costUsdPerHour());
    },
    show(status, labels) {
      // The last line stays free, so that the terminal does not scroll.
      screen.draw(formatPanel(status, labels, { columns: screen.columns, rows: screen.rows - 1 }, io.color));
    },
    close() {
      screen.close();
      io.stdout(last);
    },
  };
}
