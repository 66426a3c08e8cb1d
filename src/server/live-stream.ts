import { setTimeout as after } from 'node:timers/promises';
import { WeirError } from '../base/index.ts';
import type { LiveDimension } from '../ingest/index.ts';
import type { LiveLine } from './live-schema.ts';
import type { NodeState } from './node-state.ts';

const SECOND_MS = 1_000;

type LiveNode = Pick<NodeState, 'live' | 'hostMeter'>;

interface LiveStreamOptions {
  readonly by: readonly LiveDimension[];
  readonly top: number;
  /** Seconds that are told; absent: without end. */
  readonly seconds?: number | undefined;
  readonly signal: AbortSignal;
}

/** WeirError where nothing of this machine is metered and will not be. */
export async function checkMetered(node: LiveNode): Promise<void> {
  const status = await node.hostMeter();
  if (status === null) {
    throw new WeirError(
      'not_found',
      'this node does not meter its own machine (host is off), so there is no live view: start it without --no-host, or run `weir agent` beside it',
    );
  }
  if (status.level !== 'none' || !status.givenUp) return;
  const why = status.notes.length > 0 ? ` (${status.notes.join('; ')})` : '';
  throw new WeirError('not_found', `this machine is not metered${why}: weir doctor says what to change`);
}

/**
 * Seconds of this machine, each asked for when the one before was read: whoever reads slowly gets the newest, and is told how many were missed. A meter that ended
 * is waited for.
 */
export async function* liveSeconds(node: LiveNode, options: LiveStreamOptions): AsyncGenerator<LiveLine> {
  const { by, top, seconds = Number.POSITIVE_INFINITY, signal } = options;
  let lastTo: number | null = null;
  for (let told = 0; told < seconds && !signal.aborted; ) {
    const second = await node.live({ by, top });
    if (signal.aborted) return;
    if (second === null) {
      await checkMetered(node);
      await after(SECOND_MS);
      continue;
    }
    const missed = lastTo === null ? 0 : Math.max(0, Math.round((second.from - lastTo) / SECOND_MS));
    lastTo = second.to;
    told += 1;
    const { notes, ...quality } = second.quality;
    yield { ...second, missed, by: second.by as LiveLine['by'], quality: { ...quality, notes: [...notes] } };
  }
}
