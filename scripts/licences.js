/**
 * Writes THIRD-PARTY-LICENCES.md: every package that is installed with this one, with its licence, from
 * package-lock.json. `npm run licences`; test/licences.test.ts holds that the file is current.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const LOCK = new URL('../package-lock.json', import.meta.url);
const FILE = new URL('../THIRD-PARTY-LICENCES.md', import.meta.url);
const FOLDER = 'node_modules/';

/** The file's text. */
export function licencesText() {
  const { packages } = JSON.parse(readFileSync(LOCK, 'utf8'));
  const rows = Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
    .map(([path, { version, license }]) => [path.slice(path.lastIndexOf(FOLDER) + FOLDER.length), version, license])
    .sort(([a, av], [b, bv]) => (a < b ? -1 : a > b ? 1 : av < bv ? -1 : 1));
  const unnamed = rows.filter(([, , licence]) => licence === undefined).map(([name]) => name);
  if (unnamed.length > 0) throw new Error(`package-lock.json states no licence of ${unnamed.join(', ')}`);
  // One version may stand in several places.
  const table = [...new Set(rows.map((row) => `| ${row.join(' | ')} |`))];
  return [
    '# Licences of third parties',
    '',
    `The ${table.length} packages that \`npm install infer-plan\` brings along. Made by \`npm run licences\` from package-lock.json.`,
    'Optional peers (ONNX Runtime, the Kubernetes client, OCR models) are installed by the user and not listed.',
    '',
    '| package | version | licence |',
    '|---|---|---|',
    ...table,
    '',
  ].join('\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(FILE, licencesText());
