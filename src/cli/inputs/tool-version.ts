import { createRequire } from 'node:module';

/** Version of this package, as `--version` prints it and results record it. */
export function toolVersion(): string {
  const manifest: { version: string } = createRequire(import.meta.url)('../../../package.json');
  return manifest.version;
}
