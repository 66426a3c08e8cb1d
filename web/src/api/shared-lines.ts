/** How long a window that opens waits for the lines of another; and how long without any before it takes the place of the one that read them. */
const FIRST_MS = 250;
const QUIET_MS = 3_500;
/** Not all windows at the same moment. */
const JITTER_MS = 400;

type Message<T> =
  /** Somebody opens, and asks whether another reads already. */
  | { readonly kind: 'who'; readonly from: string }
  /** Somebody reads. */
  | { readonly kind: 'reads'; readonly from: string }
  | { readonly kind: 'line'; readonly from: string; readonly line: T }
  | { readonly kind: 'problem'; readonly from: string; readonly message: string }
  /** Somebody reads no more. */
  | { readonly kind: 'bye'; readonly from: string };

type Open<T> = (signal: AbortSignal) => AsyncGenerator<T>;

/**
 * Lines of a stream without an end, which one window of a browser reads for all that show it: browsers keep six connections to a node (HTTP/1.1), and four windows with
 * two streams each would leave none for questions. Whichever opens first reads; when it closes, another takes its place. `name`: windows with the same share.
 */
export async function* sharedLines<T>(name: string, open: Open<T>, signal: AbortSignal): AsyncGenerator<T> {
  const channel = new BroadcastChannel(`weir ${name}`);
  const own = crypto.getRandomValues(new Uint32Array(2)).join('-');
  try {
    channel.postMessage({ kind: 'who', from: own } satisfies Message<T>);
    for (let wait = FIRST_MS; !signal.aborted; wait = QUIET_MS) {
      yield* followed<T>(channel, wait, signal);
      if (!signal.aborted) yield* led(channel, own, open, signal);
    }
  } finally {
    channel.close();
  }
}

/** What another window reads, until none does any more. */
async function* followed<T>(channel: BroadcastChannel, firstMs: number, signal: AbortSignal): AsyncGenerator<T> {
  const heard: Message<T>[] = [];
  let wake = () => {};
  channel.onmessage = ({ data }: MessageEvent<Message<T>>) => {
    heard.push(data);
    wake();
  };
  for (let wait = firstMs; ; ) {
    if (heard.length === 0)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait + Math.random() * JITTER_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        signal.addEventListener('abort', wake, { once: true });
      });
    const message = heard.shift();
    if (message === undefined || signal.aborted) return;
    if (message.kind === 'problem') throw new Error(message.message);
    wait = message.kind === 'bye' ? 0 : QUIET_MS;
    if (message.kind === 'line') yield message.line;
  }
}

/** Reads, and tells the other windows; until `signal`, the end of the stream, or another that reads too and goes first. */
async function* led<T>(channel: BroadcastChannel, own: string, open: Open<T>, signal: AbortSignal): AsyncGenerator<T> {
  const tell = (message: Message<T>) => channel.postMessage(message);
  const given = new AbortController();
  channel.onmessage = ({ data }: MessageEvent<Message<T>>) => {
    if (data.kind === 'who') tell({ kind: 'reads', from: own });
    else if (data.kind !== 'bye' && data.from < own) given.abort();
    else if (data.kind !== 'bye') tell({ kind: 'reads', from: own });
  };
  tell({ kind: 'reads', from: own });
  try {
    for await (const line of open(AbortSignal.any([signal, given.signal]))) {
      tell({ kind: 'line', from: own, line });
      yield line;
    }
  } catch (error) {
    if (given.signal.aborted) return;
    if (!signal.aborted) tell({ kind: 'problem', from: own, message: (error as Error).message });
    throw error;
  } finally {
    if (!given.signal.aborted) tell({ kind: 'bye', from: own });
  }
}
