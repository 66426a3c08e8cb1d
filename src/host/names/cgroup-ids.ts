import { cgroupMount, listCgroups } from '../../system/index.ts';

/** Cgroups are not listed more often. */
const RELIST_MS = 2_000;
/** Paths that are remembered, those of cgroups that are gone among them. */
const MAX_PATHS = 40_000;

/** Paths of cgroups by their identifiers: what is left to say of a process that ended before it was looked at. */
export class CgroupIds {
  private readonly mount: string | null;
  private paths = new Map<number, string>();
  private listedMs = Number.NEGATIVE_INFINITY;

  constructor(mount: string | null = cgroupMount()) {
    this.mount = mount;
  }

  /** Empty where it is not known. */
  pathOf(id: number, nowMs: number): string {
    if (id === 0 || this.mount === null) return '';
    const known = this.paths.get(id);
    if (known !== undefined) return known;
    if (Math.abs(nowMs - this.listedMs) < RELIST_MS) return '';
    this.listedMs = nowMs;
    const now = listCgroups(this.mount);
    if (this.paths.size + now.size > MAX_PATHS) this.paths = now;
    else for (const [inode, path] of now) this.paths.set(inode, path);
    return this.paths.get(id) ?? '';
  }
}
