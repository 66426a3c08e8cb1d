import type { MessagePort } from 'node:worker_threads';
import { WeirError } from '../base/index.ts';
import { type FilterSets, parseFilter } from '../filter/index.ts';
import type { FlowSecond, SecondsQuestion } from '../ingest/index.ts';
import type { FlowSecondLine } from './seconds-schema.ts';

/** What somebody wants to see of each second. */
export interface WatchRequest {
  readonly filter: string;
  /** What they may see at most, as a filter; null: all. */
  readonly limit: string | null;
  readonly by: SecondsQuestion['by'];
  readonly top: number;
}

const MOST_LISTENERS = 64;
/** Different ones: each is another look at each row. */
const MOST_QUESTIONS = 16;

/** Who asks the same shares one look at the rows. */
interface Feed {
  readonly port: MessagePort;
  readonly inboxes: Set<Inbox>;
}

/** The newest second that a listener has not read. */
interface Inbox {
  second: FlowSecond | null;
  missed: number;
  ended: boolean;
  wake: () => void;
}

/** Hands the seconds that the store thread tells to all who listen. */
export class FlowWatch {
  private readonly watch: (question: SecondsQuestion) => MessagePort;
  private readonly sets: FilterSets;
  private readonly feeds = new Map<string, Feed>();

  constructor(watch: (question: SecondsQuestion) => MessagePort, sets: FilterSets) {
    this.watch = watch;
    this.sets = sets;
  }

  /**
   * Seconds until the signal. Whoever reads slowly gets the newest, and is told how many were missed. WeirError: `usage` for a filter that cannot be read, `busy`
   * where as many listen as may.
   */
  listen(request: WatchRequest, signal: AbortSignal): AsyncGenerator<FlowSecondLine> {
    const key = JSON.stringify([request.limit, request.filter, request.by, request.top]);
    const question = this.questionOf(request);
    let listeners = 0;
    for (const { inboxes } of this.feeds.values()) listeners += inboxes.size;
    if (listeners >= MOST_LISTENERS)
      throw new WeirError('busy', `${MOST_LISTENERS} listen to the live stream: one of them must end first`);
    const feed = this.feeds.get(key) ?? this.open(key, question);
    const inbox: Inbox = { second: null, missed: 0, ended: signal.aborted, wake: () => {} };
    feed.inboxes.add(inbox);
    const leave = () => {
      inbox.ended = true;
      inbox.wake();
      feed.inboxes.delete(inbox);
      if (feed.inboxes.size === 0 && this.feeds.get(key) === feed) {
        this.feeds.delete(key);
        feed.port.close();
      }
    };
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    return secondsOf(inbox, leave);
  }

  private questionOf({ filter, limit, by, top }: WatchRequest): SecondsQuestion {
    return { filter: parseFilter(filter, { sets: this.sets, limit }), by, top };
  }

  private open(key: string, question: SecondsQuestion): Feed {
    if (this.feeds.size >= MOST_QUESTIONS)
      throw new WeirError('busy', `${MOST_QUESTIONS} different live streams are told: one of them must end first`);
    const feed: Feed = { port: this.watch(question), inboxes: new Set() };
    this.feeds.set(key, feed);
    feed.port.on('message', (second: FlowSecond) => {
      for (const inbox of feed.inboxes) {
        if (inbox.second !== null) inbox.missed += 1;
        inbox.second = second;
        inbox.wake();
      }
    });
    // The thread that tells them has died: so does the node, but not before it has said so.
    feed.port.on('close', () => {
      if (this.feeds.get(key) === feed) this.feeds.delete(key);
      for (const inbox of feed.inboxes) {
        inbox.ended = true;
        inbox.wake();
      }
    });
    return feed;
  }
}

async function* secondsOf(inbox: Inbox, leave: () => void): AsyncGenerator<FlowSecondLine> {
  try {
    for (;;) {
      if (inbox.second === null && !inbox.ended)
        await new Promise<void>((resolve) => {
          inbox.wake = resolve;
        });
      if (inbox.ended) return;
      const { second, missed } = inbox;
      inbox.second = null;
      inbox.missed = 0;
      if (second !== null) yield line(second, missed);
    }
  } finally {
    leave();
  }
}

function line(second: FlowSecond, missed: number): FlowSecondLine {
  const { categories, by, quality, ...rest } = second;
  const lists = Object.entries(by).map(([name, list]) => [name, { ...list, groups: [...list.groups] }]);
  const { sampling } = quality;
  return {
    ...{ ...rest, missed, categories: [...categories], by: Object.fromEntries(lists) },
    quality: { ...quality, sampling: { ...sampling, origins: [...sampling.origins] } },
  };
}
