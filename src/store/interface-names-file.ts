import { readFileSync } from 'node:fs';
import { type InterfaceNames, NO_INTERFACE_NAMES } from '../truth/index.ts';
import { replaceFile } from './files.ts';

/** Names of interfaces that configuration and SNMP say; they hold over restarts, and answer where no node runs. */
export function readInterfaceNames(path: string): InterfaceNames {
  try {
    const names = JSON.parse(readFileSync(path, 'utf8')) as InterfaceNames;
    return Array.isArray(names.configured) && Array.isArray(names.asked) ? names : NO_INTERFACE_NAMES;
  } catch {
    // It is missing until there is something to say, and it can be asked again.
    return NO_INTERFACE_NAMES;
  }
}

/** Throws when the disk refuses. */
export function writeInterfaceNames(path: string, names: InterfaceNames): void {
  replaceFile(path, JSON.stringify(names));
}
