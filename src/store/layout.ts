import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { unwritable } from '../base/index.ts';
import { fsyncDirectory } from './files.ts';
import { LAYOUT_VERSION, readVersion, writeVersion } from './layout-versions.ts';

/**
 * Where things lie in a data directory:
 *
 *     VERSION            {"layout":2}
 *     lock               held by the one process that writes
 *     weir.sock          where a running node answers
 *     streams.json       where the sequence of each export stream stood when the node ended
 *     exporters.json     what exporters say of themselves: templates, sampling, names of interfaces
 *     sources.json       what was imported, with its provenance
 *     access.json        users, sessions and tokens, as hashes
 *     audit.jsonl        who asked what; audit.jsonl.1 to .3 are older
 *     heartbeat          the last sign of life of a node, written in place about once a second
 *     gaps.jsonl         when nothing was measured, and why: one line for each such time that is over
 *     interfaces.json    names of interfaces that configuration and SNMP say
 *     views.json         saved views and dashboards, and what is published of them
 *     blocklists/        the last good copy of each block list: NAME.prefixes, and what is known of it in NAME.json
 *     tls/               the certificate that the node made for itself, and its key
 *     places/            what is known of networks and places: the table, and what was read of each source; can be made again
 *     expected.json      how often each exporter usually sends
 *     manifest.json      which segments count, and how far each journal file is in them
 *     journal/           raw datagrams that are not yet in segments
 *     segments/          2026-11-21/14/0000000042.parquet, by hour of receipt
 *     ledger/            2026-11-21/14.jsonl: what was lost or misread in that hour; 14.merged.jsonl once it is over
 *     rollups/           1m/2026-11-21/14-0000000042.parquet of an hour, 5m/ 1h/ 1d/: history
 *     damaged/           what could not be believed, one note for each: answers name it for good
 *     quarantine/        the files themselves, for people to look at
 *     tmp/               written aside, and spill files of queries; emptied at start
 */
export interface Layout {
  readonly root: string;
  readonly version: string;
  readonly lock: string;
  readonly socket: string;
  readonly streams: string;
  readonly exporters: string;
  readonly sources: string;
  readonly access: string;
  readonly audit: string;
  readonly heartbeat: string;
  readonly gaps: string;
  readonly expected: string;
  readonly interfaces: string;
  readonly views: string;
  readonly blocklists: string;
  readonly places: string;
  readonly tls: string;
  readonly manifest: string;
  readonly journal: string;
  readonly segments: string;
  readonly ledger: string;
  readonly rollups: string;
  readonly damaged: string;
  readonly quarantine: string;
  readonly tmp: string;
}

export function layoutOf(root: string): Layout {
  const at = (name: string) => join(root, name);
  return {
    root,
    version: at('VERSION'),
    lock: at('lock'),
    socket: at('weir.sock'),
    streams: at('streams.json'),
    exporters: at('exporters.json'),
    sources: at('sources.json'),
    access: at('access.json'),
    audit: at('audit.jsonl'),
    heartbeat: at('heartbeat'),
    gaps: at('gaps.jsonl'),
    expected: at('expected.json'),
    interfaces: at('interfaces.json'),
    views: at('views.json'),
    blocklists: at('blocklists'),
    places: at('places'),
    tls: at('tls'),
    manifest: at('manifest.json'),
    journal: at('journal'),
    segments: at('segments'),
    ledger: at('ledger'),
    rollups: at('rollups'),
    damaged: at('damaged'),
    quarantine: at('quarantine'),
    tmp: at('tmp'),
  };
}

/** Makes the directory and its folders where they are missing, and checks the version: one that is older is for `upgradeLayout`, under the lock. */
export function prepareLayout(root: string): Layout {
  const layout = layoutOf(root);
  try {
    makeDirectory(resolve(root));
    for (const folder of [
      layout.journal,
      layout.segments,
      layout.ledger,
      layout.rollups,
      layout.damaged,
      layout.quarantine,
      layout.tmp,
    ]) {
      mkdirSync(folder, { recursive: true, mode: 0o750 });
    }
    if (!existsSync(layout.version)) writeVersion(layout.version, LAYOUT_VERSION);
    fsyncDirectory(root);
  } catch (error) {
    throw unwritable(`cannot prepare the data directory ${root}`, error);
  }
  readVersion(layout.version);
  return layout;
}

/** `2026-11-21/14` for an hour of receipt. */
export function hourFolder(hourMs: number): string {
  const iso = new Date(hourMs).toISOString();
  return `${iso.slice(0, 10)}/${iso.slice(11, 13)}`;
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Start of the hour that has the time. */
export function hourOf(ms: number): number {
  return Math.floor(ms / HOUR_MS) * HOUR_MS;
}

/**
 * With its parents, one after the other: Node's `recursive` never ends below /proc, where a folder cannot be made and its parent exists, and says ENOENT where the file system is
 * read-only.
 */
export function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  mkdirSync(path, { mode: 0o750 });
}
