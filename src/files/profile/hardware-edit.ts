/** Writes prices and new kinds into a hardware file. Everything else, comments included, stays. */
import { type Document, isMap, isScalar, isSeq, parseDocument, type Scalar, visit, type YAMLMap } from 'yaml';

export interface PriceUpdate {
  readonly name: string;
  readonly costUsdPerHour: number;
  /** Date such as 2026-01-31. */
  readonly asOf: string;
  readonly source: string;
}

export interface NewHardware extends PriceUpdate {
  readonly kind: 'cpu' | 'gpu';
  readonly instance: string;
}

/** The text of a hardware file with these prices and kinds. */
export function withHardware(text: string, updates: readonly PriceUpdate[], added: readonly NewHardware[]): string {
  const document = parseDocument(text);
  const list = document.get('hardware');
  if (!isSeq(list)) return text;
  for (const { name, costUsdPerHour, asOf, source } of updates) {
    const entry = list.items.find((item) => isMap(item) && item.get('name') === name);
    if (!isMap(entry)) continue;
    entry.set('price_usd_per_hour', costUsdPerHour);
    entry.set('price_as_of', asOf);
    setSource(document, entry, source);
  }
  for (const { name, kind, costUsdPerHour, instance, asOf, source } of added) {
    const entry = { name, kind, price_usd_per_hour: costUsdPerHour, instance, share: 1, price_as_of: asOf, source };
    list.items.push(document.createNode(entry));
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: !/\{\S/.test(text) });
}

/** Kinds may share a source by an anchor. When one gets its own source, the others keep the shared text. */
function setSource(document: Document, entry: YAMLMap, source: string): void {
  const present = entry.get('source', true);
  const anchor = isScalar(present) ? present.anchor : undefined;
  if (anchor !== undefined) {
    let isMoved = false;
    visit(document, {
      Alias(_, alias) {
        if (alias.source !== anchor || isMoved) return undefined;
        isMoved = true;
        // The first alias becomes the anchor of the aliases after it.
        return present as Scalar;
      },
    });
  }
  entry.set('source', document.createNode(source));
}
