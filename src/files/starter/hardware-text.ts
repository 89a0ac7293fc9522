/** A new hardware file: kinds that are shipped with their prices, and others whose price the user fills in. */
import { stringify } from 'yaml';
import { readYamlFile } from '../yaml-file.js';

/** What a new hardware file keeps of a shipped kind: what `plan` and `hardware refresh` read, and where the price comes from. */
const HARDWARE_KEYS = [
  'name',
  'kind',
  'price_usd_per_hour',
  'instance',
  'share',
  'takes',
  'activation_delay',
  'price_as_of',
  'source',
] as const;

const HARDWARE_HEAD = `# What one replica occupies, and what an hour of it costs. The prices are on-demand ones of the day in price_as_of:
# \`infer-plan hardware refresh\` gets today's spot prices, or write what you pay.
# \`inventory: 4\` under a kind allows no more than four replicas on it in all.
`;

type Kind = Readonly<Record<string, unknown>>;

/** The shipped kinds of these names, in the order of the shipped file. */
export function hardwareText(path: string, names: ReadonlySet<string>): string {
  return HARDWARE_HEAD + textOf(shippedKinds(path).filter(({ name }) => names.has(name as string)));
}

/** A kind that a new file needs. */
export interface NeededKind {
  readonly name: string;
  readonly kind: 'cpu' | 'gpu' | 'accelerator';
}

/** Shipped kinds as they are; a kind that is not shipped has no price, which \`plan\` asks for by file and line. */
export function neededHardwareText(path: string, needed: readonly NeededKind[]): string {
  const shipped = new Map(shippedKinds(path).map((kind) => [kind.name, kind]));
  const priced = needed.flatMap(({ name }) => {
    const kind = shipped.get(name);
    return kind === undefined ? [] : [kind];
  });
  const open = needed.filter(({ name }) => !shipped.has(name));
  const blanks = open.map(
    ({ name, kind }) => `  - name: ${stringify(name).trim()}
    kind: ${kind}
    price_usd_per_hour: # fill in: what an hour of one replica costs
`,
  );
  const head = priced.length === 0 ? 'version: 1\nhardware:\n' : textOf(priced);
  return HARDWARE_HEAD + head + blanks.join('');
}

/** The needed kinds that are not shipped. */
export function unpriced(path: string, needed: readonly NeededKind[]): readonly string[] {
  const shipped = new Set(shippedKinds(path).map(({ name }) => name));
  return needed.map(({ name }) => name).filter((name) => !shipped.has(name));
}

/** Kinds of the shipped file, by name. */
export function shippedKinds(path: string): readonly Kind[] {
  return (readYamlFile(path).value as { hardware: readonly Kind[] }).hardware;
}

function textOf(kinds: readonly Kind[]): string {
  const kept = kinds.map((kind) =>
    Object.fromEntries(HARDWARE_KEYS.flatMap((key) => (key in kind ? [[key, kind[key]]] : []))),
  );
  return stringify({ version: 1, hardware: kept }, { lineWidth: 0, aliasDuplicateObjects: false });
}
