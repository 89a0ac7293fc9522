/**
 * Writes measured probabilities and fan-outs into a pipeline file. Everything else, comments included, stays.
 */
import { Document, isMap, isScalar, isSeq, type Node, parseDocument, YAMLMap } from 'yaml';
import type { FanOut } from '../../model/pipeline.js';
import { readTextFile } from '../system/read-text.js';
import { writeFileAtomically } from '../system/write-file.js';

/** Counted edges into a stage. An edge whose parent no query visited stays unchanged. */
export interface CountedStage {
  readonly stage: string;
  readonly edges: readonly {
    readonly from: string;
    readonly visits: number;
    readonly probability: number;
    readonly fanOut: FanOut;
  }[];
}

/** The file must be a valid pipeline. Throws InputError `FILE` when it cannot be written. */
export function writeRouting(path: string, stages: readonly CountedStage[]): void {
  writeFileAtomically(path, withRouting(readTextFile(path), stages));
}

/** The text of a pipeline file with these edges. */
export function withRouting(text: string, stages: readonly CountedStage[]): string {
  const document = parseDocument(text);
  const splices: Splice[] = [];
  for (const { stage, edges } of stages) {
    const parents = parentsOf(document, stage);
    for (const { from, visits, probability, fanOut } of edges) {
      const present = parents.find((item) => (isMap(item) ? item.get('from') : isScalar(item) && item.value) === from);
      if (visits === 0 || present === undefined) continue;
      // A bare name means always, one item. Where the counts agree, it stays.
      if (!isMap(present) && probability === 1 && fanOut === 1) continue;
      const edge = isMap(present) ? present : edgeFrom(document, from);
      setEdge(edge, probability, fanOut);
      const range = (present as Node).range;
      if (edge.flow && range && !hasMergeKey(edge))
        splices.push({ from: range[0], to: range[1], text: flowText(edge) });
      else return document.toString({ lineWidth: 0, flowCollectionPadding: !/\{\S/.test(text) });
    }
  }
  return spliced(text, splices);
}

/** Replaces an edge on one line as text, so that the lines around it keep their format. */
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

/** Whether other mappings give the edge keys of their own. */
function hasMergeKey(edge: YAMLMap): boolean {
  return edge.items.some(({ key }) => isScalar(key) && key.value === '<<');
}

/** A key with its default value is left out, unless the file has it or may inherit another value. */
function setEdge(edge: YAMLMap, probability: number, fanOut: FanOut): void {
  const mayInherit = hasMergeKey(edge);
  if (probability !== 1 || mayInherit || edge.has('probability')) edge.set('probability', probability);
  if (fanOut === 1 && !mayInherit && !edge.has('fan_out')) return;
  if (typeof fanOut === 'number') {
    edge.set('fan_out', fanOut);
    return;
  }
  const distribution = new YAMLMap();
  distribution.flow = true;
  for (const { items, share } of fanOut) distribution.set(items, share);
  edge.set('fan_out', distribution);
}
