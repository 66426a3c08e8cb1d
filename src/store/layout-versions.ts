import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { asWeirError, type Log, WeirError } from '../base/index.ts';
import { fsyncDirectory, replaceFile } from './files.ts';
import type { Layout } from './layout.ts';
import { readManifest, writeManifest } from './manifest.ts';

/**
 * The versions of the data directory, oldest first, and how each becomes the next. A step is a sequence of changes, each of them atomic and each of
 * them harmless when it was done before: a crash between any two is repaired by doing the step again. VERSION changes last.
 *
 * A new version adds a line here, a description in docs/explanation/store.md, and a recorded state of the version before it in test/states/.
 */
interface LayoutVersion {
  readonly layout: number;
  readonly upgrade: (layout: Layout) => Generator<void>;
}

const VERSIONS: readonly LayoutVersion[] = [
  // Records only. Notes of damage were beside the files in quarantine/ at first.
  { layout: 1, upgrade: addHistory },
];

/** What this Weir writes. A node refuses a directory of a newer version and upgrades an older one. */
export const LAYOUT_VERSION = 2;

/** The version that a directory says it has. WeirError `version` where it is none of ours, `corrupt` where it is not readable. */
export function readVersion(file: string): number {
  const text = readFileSync(file, 'utf8');
  let layout: unknown;
  try {
    layout = (JSON.parse(text) as { layout?: unknown }).layout;
  } catch (cause) {
    throw new WeirError('corrupt', `${file} is not readable: ${JSON.stringify(text.slice(0, 80))}`, { cause });
  }
  if (layout === LAYOUT_VERSION || VERSIONS.some((v) => v.layout === layout)) return layout as number;
  throw new WeirError(
    'version',
    `${file} says layout ${JSON.stringify(layout)}, this Weir writes layout ${LAYOUT_VERSION}: use the version of Weir that made it, or a newer one`,
  );
}

export function writeVersion(file: string, layout: number): void {
  replaceFile(file, `${JSON.stringify({ layout })}\n`);
}

/** Brings a directory to today's version; the caller holds its lock. */
export function upgradeLayout(layout: Layout, log: Log): void {
  const before = readVersion(layout.version);
  if (before === LAYOUT_VERSION) return;
  for (const _ of upgradeSteps(layout));
  log.info({ from: before, to: LAYOUT_VERSION }, 'the data directory was upgraded');
}

/** The changes of an upgrade, one at a time. */
export function* upgradeSteps(layout: Layout): Generator<void> {
  let version = readVersion(layout.version);
  for (const { layout: from, upgrade } of VERSIONS) {
    if (from !== version) continue;
    yield* upgrade(layout);
    version = from + 1;
    writeVersion(layout.version, version);
    yield;
  }
}

/**
 * 1 to 2: the manifest knows history. No segment is in it yet: that is made from the segments while the node runs. Notes of damage move from
 * quarantine/, where clearing up lost them, to damaged/.
 */
function* addHistory(layout: Layout): Generator<void> {
  for (const name of readdirSync(layout.quarantine).filter((file) => file.endsWith('.reason'))) {
    const old = join(layout.quarantine, name);
    replaceFile(join(layout.damaged, `${name.slice(0, -'.reason'.length)}.json`), readFileSync(old, 'utf8'));
    yield;
    rmSync(old, { force: true });
    fsyncDirectory(layout.quarantine);
    yield;
  }
  // Where there is none, opening the store knows whether one should be.
  if (!existsSync(layout.manifest)) return;
  try {
    writeManifest(layout.manifest, readManifest(layout.manifest));
  } catch (error) {
    // One that cannot be believed is made again from the segments when the store opens.
    if (asWeirError(error).code !== 'corrupt') throw error;
  }
  yield;
}
