import { readFileSync } from 'node:fs';

let version: string | undefined;

/** The version of this Weir, from package.json, which stands two folders above both src/server and dist/server. */
export function weirVersion(): string {
  version ??= (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string })
    .version;
  return version;
}
