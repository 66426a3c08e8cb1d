import { statSync } from 'node:fs';

/** Another one means that the file may have other content; empty where there is none. */
export function revisionOf(path: string): string {
  try {
    const { size, mtimeMs, ino } = statSync(path);
    return `${size}-${mtimeMs}-${ino}`;
  } catch {
    return '';
  }
}
