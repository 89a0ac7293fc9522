/** `infer-plan.yaml`: options that commands of a folder have without being given them. */
import { checkVersion, type Entry, entryAt, fields, isMapping, refuse } from './entry.js';
import { readYamlFile } from './yaml-file.js';

const VERSION = 1;
export const DEFAULTS_FILE = 'infer-plan.yaml';

/** Commands that may have defaults. They run no code of a file and start nothing. */
export const COMMANDS_WITH_DEFAULTS = ['plan', 'frontier', 'simulate', 'verify'] as const;
export type CommandWithDefaults = (typeof COMMANDS_WITH_DEFAULTS)[number];

/** What an option takes: nothing, yes or no, one text, or several. */
export type Takes = 'nothing' | 'yes or no' | 'one' | 'several';

/** The value of an option, as the command line would give it. */
export type DefaultValue = boolean | string | readonly string[];

/**
 * The options of one command, by their names on the command line without dashes, in the order of the file.
 * @param options what each option of the command takes
 * @throws InputError `DEFAULTS` with every problem, or as of any YAML file
 */
export function readDefaults(
  path: string,
  command: CommandWithDefaults,
  options: ReadonlyMap<string, Takes>,
): ReadonlyMap<string, DefaultValue> {
  const root = readYamlFile(path);
  checkVersion(root, VERSION, `This version of infer-plan reads version ${VERSION}.`);
  const { [command]: section } = fields(root, [], [...COMMANDS_WITH_DEFAULTS, 'version']);
  const found = new Map<string, DefaultValue>();
  if (section !== undefined) {
    const names = [...options.keys()];
    for (const [name, entry] of Object.entries(fields(section, [], names))) {
      if (entry === undefined) continue;
      const value = givenBy(entry, options.get(name)!);
      if (value !== undefined) found.set(name, value);
    }
  }
  root.file.problems.throwIfAny('DEFAULTS');
  const order = isMapping(section?.value) ? Object.keys(section.value) : [];
  return new Map([...found].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b)));
}

function givenBy(entry: Entry, takes: Takes): DefaultValue | undefined {
  const { value, file, path } = entry;
  if (takes === 'nothing' || takes === 'yes or no') {
    if (value === true || (value === false && takes === 'yes or no')) return value;
    refuse(entry, takes === 'nothing' ? 'true; leave it out to do without' : 'true or false');
    return undefined;
  }
  const texts = (takes === 'several' && Array.isArray(value) ? value : [value]) as readonly unknown[];
  const odd = texts.findIndex((one) => typeof one !== 'string' && typeof one !== 'number');
  if (odd !== -1 || texts.length === 0) {
    const place =
      Array.isArray(value) && takes === 'several' && odd !== -1 ? entryAt(file, [...path, odd], value[odd]) : entry;
    refuse(place, 'what the option takes on the command line');
    return undefined;
  }
  return takes === 'several' ? texts.map(String) : String(texts[0]);
}
