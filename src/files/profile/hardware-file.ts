/** Reads `hardware.yaml`: the price of one replica on each kind of hardware, and how many are allowed. */
import { STAGE_NAME } from '../../model/check-pipeline.js';
import type { Hardware, InstanceType } from '../../model/hardware.js';
import {
  checkVersion,
  durationMs,
  type Entry,
  fields,
  integerWithin,
  items,
  numberWithin,
  oneOf,
  pairs,
  refuse,
  text,
  textLike,
} from '../entry.js';
import { refuseOtherKind } from '../file-kind.js';
import { LONGEST_MS, MOST_REPLICAS } from '../limits.js';
import { readYamlFile } from '../yaml-file.js';

const VERSION = 1;
/** How long serving frameworks take to activate a replica, as measured by InferLine. */
const DEFAULT_ACTIVATION_DELAY_MS = 5000;
/** Costs are whole micro-dollars: less than one would be free, and sums of far more would not be exact. */
const LEAST_PRICE_USD = 0.000001;
const MOST_PRICE_USD = 1_000_000;
const PRICES = `between 0.000001 and ${MOST_PRICE_USD}`;
/** Amounts of resources are whole millionths. */
const LEAST_AMOUNT = 0.000001;
const MOST_AMOUNT = 1_000_000;

function isPrice(usd: number): boolean {
  return usd >= LEAST_PRICE_USD && usd <= MOST_PRICE_USD;
}

/** The kinds of hardware in file order. Throws one InputError with every problem. */
export function readHardwareFile(path: string): readonly Hardware[] {
  const root = readYamlFile(path);
  refuseOtherKind(root, 'hardware file');
  checkVersion(root, VERSION, `This infer-plan reads version ${VERSION} of the hardware file.`);
  const field = fields(root, ['version', 'hardware'], ['instances']);
  const entries = items(field.hardware, 'kinds of hardware');
  const first = new Map<string, number>();
  const hardware = entries.map((entry, index) => {
    const kind = readHardware(entry);
    const earlier = first.get(kind.name);
    if (earlier !== undefined) {
      refuse(
        { ...entry, path: [...entry.path, 'name'], value: kind.name },
        `unique: hardware[${earlier}] has the same name`,
      );
    } else if (kind.name !== '') first.set(kind.name, index);
    return kind;
  });
  root.file.problems.throwIfAny('HARDWARE');
  return hardware;
}

/**
 * The instances in the file, if any, for pricing whole instances. Throws one InputError with every problem.
 */
export function readInstanceTypes(path: string): readonly InstanceType[] {
  const root = readYamlFile(path);
  refuseOtherKind(root, 'hardware file');
  checkVersion(root, VERSION, `This infer-plan reads version ${VERSION} of the hardware file.`);
  const { instances } = fields(root, ['version', 'hardware'], ['instances']);
  const types = instances === undefined ? [] : items(instances, 'instances').map(readInstance);
  root.file.problems.throwIfAny('HARDWARE');
  return types;
}

function readInstance(entry: Entry): InstanceType {
  const field = fields(entry, ['name', 'price_usd_per_hour', 'resources'], ['price_as_of', 'source']);
  return {
    name: text(field.name),
    costUsdPerHour: numberWithin(field.price_usd_per_hour, isPrice, PRICES),
    resources: readAmounts(field.resources),
  };
}

/** An amount of each named resource. */
function readAmounts(entry: Entry): Readonly<Record<string, number>> {
  return Object.fromEntries(
    pairs(entry, 'amounts by resource').map(([resource, amount]) => [
      resource,
      numberWithin(
        amount,
        (value) => value >= LEAST_AMOUNT && value <= MOST_AMOUNT,
        `between ${LEAST_AMOUNT} and ${MOST_AMOUNT}`,
      ),
    ]),
  );
}

function readHardware(entry: Entry): Hardware {
  const field = fields(
    entry,
    ['name', 'kind', 'price_usd_per_hour'],
    ['instance', 'share', 'takes', 'activation_delay', 'inventory', 'price_as_of', 'source'],
  );
  const { instance, share, takes, inventory, activation_delay: delay } = field;
  if (field.price_as_of !== undefined) textLike(field.price_as_of, /^\d{4}-\d{2}-\d{2}$/, 'a date such as 2026-07-20');
  if (field.source !== undefined) text(field.source);
  return {
    name: textLike(field.name, STAGE_NAME, 'letters, digits, - _ and ., beginning with a letter or a digit'),
    kind: oneOf(field.kind, ['cpu', 'gpu', 'accelerator']),
    costUsdPerHour: numberWithin(field.price_usd_per_hour, isPrice, PRICES),
    ...(instance === undefined ? {} : { instance: text(instance) }),
    ...(share === undefined
      ? {}
      : { share: numberWithin(share, (value) => value > 0 && value <= 1, 'more than 0 and at most 1') }),
    ...(takes === undefined ? {} : { takes: readAmounts(takes) }),
    ...(inventory === undefined ? {} : { inventory: integerWithin(inventory, 0, MOST_REPLICAS) }),
    activationDelayMs:
      delay === undefined
        ? DEFAULT_ACTIVATION_DELAY_MS
        : durationMs(delay, (ms) => ms >= 0 && ms <= LONGEST_MS, 'at most 1d'),
  };
}
