/**
 * Opens the source that a file names. This is the one place that knows every source. It loads only the one it opens.
 */
import type { SourceSpec } from '../model/backend-spec.js';
import type { GrowingLines } from './arrivals/access-log-arrivals.js';
import type { ArrivalSource } from './contracts/arrival-source.js';

const LOCAL_URL = 'http://127.0.0.1:8080';

export interface OpenSourceOptions {
  readonly spec: SourceSpec;
  /** Where to begin, on the source's clock, for a source that knows the past. The default is now. */
  readonly sinceMs?: number;
  /** Of the engine's port (`local`). */
  readonly token?: string | undefined;
  /** Opens a log (`files/system/follow-file.ts`). */
  readonly follow: (path: string) => GrowingLines;
}

/** Opens the source. Only `push` begins at once, to take what is sent. */
export async function openArrivalSource({ spec, sinceMs, token, follow }: OpenSourceOptions): Promise<ArrivalSource> {
  switch (spec.kind) {
    case 'local': {
      const { localArrivals } = await import('./local/local-arrivals.js');
      return localArrivals({ url: spec.address ?? LOCAL_URL, token, ...(sinceMs !== undefined && { sinceMs }) });
    }
    case 'counter': {
      const { COUNTER_RECIPES, counterArrivals } = await import('./arrivals/counter-arrivals.js');
      const recipe = COUNTER_RECIPES[spec.server](spec.entry);
      return counterArrivals({ url: spec.address, recipe, ...(spec.pollMs !== undefined && { pollMs: spec.pollMs }) });
    }
    case 'access-log': {
      const { accessLogArrivals } = await import('./arrivals/access-log-arrivals.js');
      const { address: place, format, holdMs } = spec;
      return accessLogArrivals({ file: follow(place), place, format, ...(holdMs !== undefined && { holdMs }) });
    }
    case 'promql': {
      const { promqlArrivals } = await import('./arrivals/promql-arrivals.js');
      return promqlArrivals({ url: spec.address, selector: spec.selector, scrapeMs: spec.scrapeMs });
    }
    case 'push': {
      const { pushArrivals } = await import('./arrivals/push-arrivals.js');
      const window = spec.windowMs === undefined ? {} : { finestWindowMs: spec.windowMs };
      return pushArrivals({ port: spec.port, token, ...window });
    }
  }
}
