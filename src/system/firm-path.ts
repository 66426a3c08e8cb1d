import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export interface FirmPath {
  /** Without links. */
  readonly path: string;
  /** What somebody else could put something else in the place of, and why; null where nobody but root and who we are can. */
  readonly weak: string | null;
}

const WRITABLE_BY_OTHERS = 0o022;
/** In such a directory only their owners take names away (inode(7), "sticky bit"). */
const STICKY = 0o1000;
/** As many as the kernel follows (path_resolution(7)). */
const MOST_LINKS = 40;

/**
 * Follows a path from the root on, and tells whether it leads to the same place the next time: each directory and each link on the way belongs to root or to us,
 * and nobody else may change it. What the path leads to, if it is no link, is judged by the caller: it may not even be there.
 */
export function firmPath(path: string, links = 0): FirmPath {
  const absolute = resolve(path);
  const pieces = absolute.split('/').filter((piece) => piece !== '');
  let at = '/';
  for (const [i, piece] of pieces.entries()) {
    at = join(at, piece);
    const found = lstatSync(at, { throwIfNoEntry: false });
    if (found === undefined) return { path: absolute, weak: null };
    const isLink = found.isSymbolicLink();
    if (i === pieces.length - 1 && !isLink) return { path: absolute, weak: null };
    if (found.uid !== 0 && found.uid !== process.geteuid!())
      return { path: absolute, weak: `${at} belongs to user ${found.uid}` };
    if (isLink) {
      if (links === MOST_LINKS) return { path: absolute, weak: `${at} is one link too many` };
      return firmPath(resolve(dirname(at), readlinkSync(at), ...pieces.slice(i + 1)), links + 1);
    }
    if ((found.mode & WRITABLE_BY_OTHERS) !== 0 && (found.mode & STICKY) === 0)
      return { path: absolute, weak: `${at} may be changed by others (mode ${(found.mode & 0o777).toString(8)})` };
  }
  return { path: absolute, weak: null };
}
