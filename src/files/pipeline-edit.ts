/** Writes measured probabilities and fan-outs into a pipeline file, and leaves everything else, comments among it, as it stands. */
import { isMap, isScalar, isSeq, parseDocument, YAMLMap } from 'yaml';
import type { FanOut } from '../model/pipeline.js';
import { readTextFile } from './read-text.js';
import { writeFileAtomically } from './write-file.js';

/** Edges into a stage, as they were counted. Those that nothing visited stay as they are. */
export interface CountedStage {
  readonly stage: string;
  readonly edges: readonly {
    readonly from: string;
    readonly visits: number;
    readonly probability: number;
    readonly fanOut: FanOut;
  }[];
}

/** The file must have been read as a pipeline before. Throws InputError `FILE` when it cannot be written. */
export function writeRouting(path: string, stages: readonly CountedStage[]): void {
  writeFileAtomically(path, withRouting(readTextFile(path), stages));
}

/** The text of a pipeline file with these edges in it. */
export function withRouting(text: string, stages: readonly CountedStage[]): string {
  const document = parseDocument(text);
  const entries = document.get('stages');
  if (!isSeq(entries)) return text;
  for (const { stage, edges } of stages) {
    const entry = entries.items.find((item) => isMap(item) && item.get('name') === stage);
    const parents = isMap(entry) ? entry.get('parents') : undefined;
    if (!isSeq(parents)) continue;
    for (const { from, visits, probability, fanOut } of edges) {
      if (visits === 0) continue;
      const index = parents.items.findIndex(
        (item) => (isMap(item) ? item.get('from') : isScalar(item) && item.value) === from,
      );
      if (index < 0) continue;
      const present = parents.items[index];
      if (isMap(present)) setEdge(present, probability, fanOut);
      // A bare name means always and one item: it stays where that was counted too.
      else if (probability !== 1 || fanOut !== 1) {
        const edge = document.createNode({ from }, { flow: true }) as YAMLMap;
        setEdge(edge, probability, fanOut);
        parents.items[index] = edge;
      }
    }
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}

/** Keys that say the default are left out, unless they stand there. */
function setEdge(edge: YAMLMap, probability: number, fanOut: FanOut): void {
  if (probability !== 1 || edge.has('probability')) edge.set('probability', probability);
  if (fanOut === 1 && !edge.has('fan_out')) return;
  if (typeof fanOut === 'number') {
    edge.set('fan_out', fanOut);
    return;
  }
  const shares = edge.get('fan_out');
  const distribution = isMap(shares) ? shares : new YAMLMap();
  if (!isMap(shares)) distribution.flow = true;
  distribution.items = [];
  for (const { items, share } of fanOut) distribution.set(items, share);
  edge.set('fan_out', distribution);
}
