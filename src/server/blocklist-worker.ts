import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';
import { whyUnreadable, whyUnwritable } from '../base/index.ts';
import { formatPrefixLines, parseBlocklist } from '../label/index.ts';
import { setThreadPriority } from '../system/index.ts';
import type { ListFailureCause } from './blocklists/list-failure.ts';
import type { PrepareJob, PrepareReply } from './blocklists/prepare-list.ts';

/** Reads one block list and ends. At a lower priority than receiving and than questions: nobody waits for it. */
const NICE = 10;

function prepare({ from, to, format, home, mostBytes }: PrepareJob): PrepareReply {
  const failed = (reason: ListFailureCause, message: string): PrepareReply => ({ ok: false, reason, message });
  const tooLarge = () => failed('too_large', `it is larger than ${mostBytes >> 20} MiB`);
  let bytes: Buffer;
  try {
    if (statSync(from).size > mostBytes) return tooLarge();
    bytes = readFileSync(from);
  } catch (error) {
    return failed('unreadable', whyUnreadable(error));
  }
  try {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes, { maxOutputLength: mostBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return tooLarge();
    return failed('broken', `it is no whole gzip file: ${(error as Error).message}`);
  }
  const list = parseBlocklist(bytes.toString('utf8'), { home, ...(format === null ? {} : { format }) });
  if ('problem' in list) return failed('broken', list.problem);
  try {
    writeFileSync(to, formatPrefixLines(list.prefixes), { mode: 0o640, flush: true });
  } catch (error) {
    return failed('unwritable', whyUnwritable(error));
  }
  const { prefixes, format: found, rejected, faults, refused, own, ownNamed } = list;
  return { ok: true, report: { format: found, entries: prefixes.length, rejected, faults, refused, own, ownNamed } };
}

setThreadPriority(NICE);
parentPort!.postMessage(prepare(workerData as PrepareJob));
