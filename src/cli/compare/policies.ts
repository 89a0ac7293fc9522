/** Which policies are compared, by the options and the file of parameters. */
import { FORESEEING, type NamedPolicy } from '../../compare/compare.js';
import { InputError } from '../../errors.js';
import { type ConfiguredPolicy, readPoliciesFile } from '../../files/policies/policies-file.js';
import type { Problems } from '../../files/problems.js';
import { didYouMean } from '../../model/notation/nearest-name.js';
import { POLICY_KINDS } from '../../policies/catalogue.js';
import { type CliIo, pathFrom } from '../io/io.js';
import type { CompareFlags } from './flags.js';

/** What is wrong goes to `problems`. */
export function chosenPolicies(
  { policies, config, explain }: Pick<CompareFlags, 'policies' | 'config' | 'explain'>,
  io: CliIo,
  problems: Problems,
): readonly NamedPolicy[] {
  const configured = config === undefined ? [] : problems.attempt(() => readPoliciesFile(pathFrom(io, config)));
  if (configured === undefined) return [];
  const known = knownPolicies(configured);
  const names = policies ?? known.map(({ name }) => name);
  const strange = (option: string, name: string, allowed: readonly string[]) =>
    problems.add(`${option} = ${name}, must be one of ${allowed.join(', ')}${didYouMean(name, allowed)}`);
  const chosen = names.flatMap((name) => {
    const found = known.find((one) => one.name === name);
    if (found === undefined)
      strange(
        '--policies',
        name,
        known.map((one) => one.name),
      );
    return found ?? [];
  });
  if (explain !== undefined && !names.includes(explain)) strange('--explain', explain, names);
  return chosen;
}

/** The catalogue, with the parameters of the file for a kind of the same name, then the file's other names. */
function knownPolicies(configured: readonly ConfiguredPolicy[]): NamedPolicy[] {
  const named = POLICY_KINDS.map((kind): NamedPolicy => {
    const file = configured.find(({ name }) => name === kind.name);
    return { name: kind.name, kind: kindNamed(file?.kind ?? kind.name), own: file?.own };
  });
  const others = configured
    .filter(({ name }) => !named.some((one) => one.name === name))
    .map(({ name, kind, own }): NamedPolicy => ({ name, kind: kindNamed(kind), own }));
  return [...named, ...others, ...FORESEEING.map((name): NamedPolicy => ({ name, kind: undefined, own: undefined }))];
}

function kindNamed(name: string): NamedPolicy['kind'] {
  const kind = POLICY_KINDS.find((one) => one.name === name);
  if (kind === undefined) throw new InputError('POLICIES', `${name}: is no policy`);
  return kind;
}
