import { Worker } from 'node:worker_threads';
import { WeirError } from '../../base/index.ts';
import type { BlocklistFormat, ListFault, Rejection } from '../../label/index.ts';
import { ListFailure, type ListFailureCause } from './list-failure.ts';

/** A list to be read: bytes as they came into the file of prefixes that everything else works with. */
export interface PrepareJob {
  readonly from: string;
  /** Written aside: whoever asked puts it in its place. */
  readonly to: string;
  readonly format: BlocklistFormat | null;
  readonly home: readonly string[];
  readonly mostBytes: number;
}

/** What was found in a list. */
export interface ListReport {
  readonly format: BlocklistFormat;
  readonly entries: number;
  readonly rejected: Readonly<Record<Rejection, number>>;
  /** The first lines that are no addresses. */
  readonly faults: readonly ListFault[];
  readonly refused: readonly string[];
  readonly own: number;
  readonly ownNamed: readonly string[];
}

export type PrepareReply =
  | { readonly ok: true; readonly report: ListReport }
  | { readonly ok: false; readonly reason: ListFailureCause; readonly message: string };

/** The largest lists take some seconds, on a slow machine that has much else to do some ten. */
const LONGEST_MS = 120_000;
/** Two million entries take some hundred megabytes while they are read. */
const HEAP_MB = 1_024;

/** Reads a list in a thread of its own, which then ends: the main thread answers questions. Throws ListFailure, and WeirError `cancelled` once `stopped`. */
export async function prepareList(job: PrepareJob, stopped: AbortSignal): Promise<ListReport> {
  const cancelled = () => new WeirError('cancelled', 'the node stops');
  if (stopped.aborted) throw cancelled();
  const reply = await new Promise<PrepareReply>((resolve) => {
    const worker = new Worker(new URL('../server/blocklist-worker.js', import.meta.url), {
      workerData: job,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    const broken = (message: string) => resolve({ ok: false, reason: 'broken', message });
    worker.once('message', resolve);
    worker.once('error', (error) => broken(`it could not be read: ${error.message}`));
    worker.once('exit', (code) => {
      clearTimeout(late);
      stopped.removeEventListener('abort', end);
      broken(`the thread that reads it ended with code ${code}`);
    });
    const late = setTimeout(() => {
      resolve({ ok: false, reason: 'timeout', message: `it could not be read within ${LONGEST_MS / 1_000} s` });
      end();
    }, LONGEST_MS);
    const end = () => void worker.terminate();
    stopped.addEventListener('abort', end);
  });
  if (stopped.aborted) throw cancelled();
  if (!reply.ok) throw new ListFailure(reply.reason, reply.message);
  return reply.report;
}
