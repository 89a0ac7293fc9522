/** What `serve` prints when it serves. */
import { formatJsonLine } from './json.js';

export interface ServingPlace {
  readonly pipeline: string;
  readonly url: string;
}

export function formatServing({ pipeline, url }: ServingPlace): string {
  return `serving ${pipeline} at ${url}\n`;
}

export function servingJson({ pipeline, url }: ServingPlace): string {
  return formatJsonLine({ version: 1, pipeline, url });
}
