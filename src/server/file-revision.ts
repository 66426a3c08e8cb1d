import { statSync } from 'node:fs';

/**
 * Another one means that the file may have other content; empty where there is none. The time of the last change of the inode is part of it: nobody can set
 * that back, as `touch -d`, `cp -p` and `rsync -t` do with the time of the content.
 */
export function revisionOf(path: string): string {
  try {
    const { size, mtimeNs, ctimeNs, ino } = statSync(path, { bigint: true });
    return [size, mtimeNs, ctimeNs, ino].join('-');
  } catch {
    return '';
  }
}
