/** Writes measured probabilities and fan-outs into a pipeline file, and leaves everything else, comments among it, as it stands. */
import { Document, isMap, isScalar, isSeq, type Node, parseDocument, YAMLMap } from 'yaml';
import type { FanOut } from '../../model/pipeline.js';
import { readTextFile } from '../system/read-text.js';
import { writeFileAtomically } from '../system/write-file.js';

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
  const splices: Splice[] = [];
  for (const { stage, edges } of stages) {
    const parents = parentsOf(document, stage);
    for (const { from, visits, probability, fanOut } of edges) {
      const present = parents.find((item) => (isMap(item) ? item.get('from') : isScalar(item) && item.value) === from);
      if (visits === 0 || present === undefined) continue;
      // A bare name means always and one item: it stays where that was counted too.
      if (!isMap(present) && probability === 1 && fanOut === 1) continue;
      const edge = isMap(present) ? present : edgeFrom(document, from);
      setEdge(edge, probability, fanOut);
      const range = (present as Node).range;
      if (edge.flow && range) splices.push({ from: range[0], to: range[1], text: flowText(edge) });
      else return document.toString({ lineWidth: 0, flowCollectionPadding: !/\{\S/.test(text) });
    }
  }
  return spliced(text, splices);
}

/** An edge that is written in one line is replaced as text, so that nothing around it is formatted anew. */
interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

function spliced(text: string, splices: readonly Splice[]): string {
  return splices
    .toSorted((a, b) => b.from - a.from)
    .reduce((edited, splice) => edited.slice(0, splice.from) + splice.text + edited.slice(splice.to), text);
}

function flowText(edge: YAMLMap): string {
  return new Document(edge).toString({ lineWidth: 0, flowCollectionPadding: true }).trim();
}

function parentsOf(document: Document, stage: string): readonly unknown[] {
  const entries = document.get('stages');
  if (!isSeq(entries)) return [];
  const entry = entries.items.find((item) => isMap(item) && item.get('name') === stage);
  const parents = isMap(entry) ? entry.get('parents') : undefined;
  return isSeq(parents) ? parents.items : [];
}

function edgeFrom(document: Document, from: string): YAMLMap {
  return document.createNode({ from }, { flow: true }) as YAMLMap;
}

/** Keys that say the default are left out, unless they stand there. */
function setEdge(edge: YAMLMap, probability: number, fanOut: FanOut): void {
  if (probability !== 1 || edge.has('probability')) edge.set('probability', probability);
  if (fanOut === 1 && !edge.has('fan_out')) return;
  if (typeof fanOut === 'number') {
    edge.set('fan_out', fanOut);
    return;
  }
  const distribution = new YAMLMap();
  distribution.flow = true;
  for (const { items, share } of fanOut) distribution.set(items, share);
  edge.set('fan_out', distribution);
}
