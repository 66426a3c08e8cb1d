import { existsSync } from 'node:fs';
import { asWeirError, type Log, WeirError } from '../base/index.ts';
import type { Duck } from './duck.ts';
import type { Layout } from './layout.ts';
import { EMPTY_MANIFEST, type ManifestState, readManifest, writeManifest } from './manifest.ts';
import { quarantine } from './quarantine.ts';
import type { Damage } from './reader.ts';
import { rebuildManifest, segmentFiles } from './rebuild.ts';
import { withNewCubes } from './rollup/new-cubes.ts';

/** The manifest, with the cubes that this version makes. */
export async function openManifest(layout: Layout, duck: Duck, log: Log): Promise<ManifestState> {
  const found = await readOrRebuild(layout, duck, log);
  const state = withNewCubes(found);
  if (state !== found) writeManifest(layout.manifest, state);
  return state;
}

/** The manifest, or where it cannot be believed a new one made from what the segments say of themselves. */
async function readOrRebuild(layout: Layout, duck: Duck, log: Log): Promise<ManifestState> {
  if (!existsSync(layout.manifest) && segmentFiles(layout).length === 0) writeManifest(layout.manifest, EMPTY_MANIFEST);
  try {
    // A new directory gets its manifest before its first segment: one without is not new when it has segments.
    if (!existsSync(layout.manifest)) throw new WeirError('corrupt', `${layout.manifest} is missing`);
    return readManifest(layout.manifest);
  } catch (error) {
    const damage: Damage = {
      file: 'manifest.json',
      reason: `${asWeirError(error).message}; it was made again from the segments, no row is missing for it`,
      rows: 0,
      from: null,
      to: null,
    };
    log.error({ err: error }, 'the manifest is damaged: it is made again from the segments');
    const state = await rebuildManifest(layout, duck);
    quarantine(layout, layout.manifest, damage);
    writeManifest(layout.manifest, state);
    return state;
  }
}
