import { readFileSync, readlinkSync } from 'node:fs';

/** The text of a file of the kernel; empty where it is not there, may not be read, or its process ended while we looked. */
export function procText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** What a link of the kernel says, likewise. */
export function procLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
