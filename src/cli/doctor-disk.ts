import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { asWeirError } from '../base/index.ts';
import { DAMAGE_ADVICE, type Finding, fail, ok, warn } from '../server/index.ts';
import { withPrefix } from './human.ts';

/** The data directory and the disk below it. */
export function diskFindings(dataDirectory: string, retentionBytes: number, freeShare: number): Finding[] {
  const place = existingParent(dataDirectory);
  try {
    accessSync(place, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return [
      fail('data directory', `${place} cannot be written by this user`, `chown it, or choose another with --data`),
    ];
  }
  const exists = place === dataDirectory;
  return [
    exists
      ? versionFinding(dataDirectory)
      : ok('data directory', `${dataDirectory} does not exist yet: weir up makes it`),
    ...(exists ? damageFindings(dataDirectory) : []),
    spaceFinding(place, retentionBytes, exists ? usedBytes(dataDirectory) : 0, freeShare),
    syncFinding(place),
  ];
}

/** The nearest directory that is there: on the same file system as what will be made. */
export function existingParent(path: string): string {
  let place = path;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  return place;
}

function versionFinding(directory: string): Finding {
  const file = join(directory, 'VERSION');
  if (!existsSync(file)) return ok('data directory', `${directory} holds no store yet: weir up makes it`);
  try {
    const { layout } = JSON.parse(readFileSync(file, 'utf8')) as { layout?: unknown };
    return ok('data directory', `${directory} has layout ${String(layout)}`);
  } catch (error) {
    return fail('data directory', `${file} cannot be read: ${asWeirError(error).message}`, 'restore it from a backup');
  }
}

/** Files that could not be believed were put aside; their notes are in damaged/, those of layout 1 beside them. */
function damageFindings(directory: string): Finding[] {
  const quarantine = join(directory, 'quarantine');
  if (!existsSync(quarantine)) return [];
  const files = readdirSync(quarantine).filter((name) => !name.endsWith('.reason'));
  if (files.length === 0) return [ok('damaged files', 'none')];
  const names = `${files.slice(0, 3).join(', ')}${files.length > 3 ? ', ...' : ''}`;
  const text = `${files.length} in ${quarantine}: ${names}; damaged/ says why, and answers that miss rows of them name them`;
  return [warn('damaged files', text, DAMAGE_ADVICE)];
}

/** What the manifest says is in segments and roll-ups; 0 where it cannot be read (another finding says so). */
function usedBytes(directory: string): number {
  try {
    const text = readFileSync(join(directory, 'manifest.json'), 'utf8');
    const { segments, rollups = [] } = JSON.parse(text.slice(text.indexOf('\n') + 1)) as Record<
      'segments' | 'rollups',
      { bytes: number }[]
    >;
    return [...segments, ...rollups].reduce((sum, s) => sum + s.bytes, 0);
  } catch {
    return 0;
  }
}

export function spaceFinding(place: string, retentionBytes: number, used: number, freeShare: number): Finding {
  const { bavail, blocks, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const floor = blocks * bsize * freeShare;
  const text = `${withPrefix(free, 'B')} free, the store has ${withPrefix(used, 'B')} and may grow to ${withPrefix(retentionBytes, 'B')}${floor > 0 ? ` as long as ${withPrefix(floor, 'B')} stay free (free_space)` : ''}`;
  if (free < floor) return fail('disk', text, 'free some space, or lower free_space: nothing is written until then');
  if (free < 1e9) return fail('disk', text, 'free some space: the journal and the segments need at least 1 GB');
  // The oldest flows make room before the file system is full.
  if (floor === 0 && free + used < retentionBytes)
    return warn(
      'disk',
      text,
      `lower retention_bytes to ${withPrefix((free + used) * 0.9, 'B')} or less, else the disk fills before the oldest flows are deleted`,
    );
  return ok('disk', text);
}

/** The journal is synced once a second: a disk that takes long for it delays nothing, but loses more at a power cut. */
function syncFinding(place: string): Finding {
  const path = join(place, `.weir-doctor-${process.pid}`);
  const block = Buffer.alloc(1 << 20, 0x5a);
  const times: number[] = [];
  try {
    const fd = openSync(path, 'wx', 0o600);
    try {
      for (let i = 0; i < 8; i++) {
        const start = performance.now();
        writeSync(fd, block);
        fdatasyncSync(fd);
        times.push(performance.now() - start);
        // Each time anew, as a journal grows, and in the room of one: a disk with little of it is not full.
        ftruncateSync(fd, 0);
      }
    } finally {
      closeSync(fd);
      rmSync(path, { force: true });
    }
  } catch (error) {
    const { code, message } = asWeirError(error);
    const advice = code === 'disk_full' ? 'free some space' : 'see the kernel log for errors of the disk';
    return fail('fdatasync', `writing to ${place} failed: ${message}`, advice);
  }
  const median = times.sort((a, b) => a - b)[4]!;
  const text = `1 MB written and synced in ${median.toFixed(1)} ms (median of 8)`;
  return median > 250 ? warn('fdatasync', text, 'use a faster disk, or raise journal_sync') : ok('fdatasync', text);
}
