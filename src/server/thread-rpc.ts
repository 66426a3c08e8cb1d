import type { MessagePort } from 'node:worker_threads';
import { asWeirError, type ErrorCode, WeirError } from '../base/index.ts';

/**
 * Calls over a MessagePort: a value, or a header and then a stream of chunks, with progress, cancellation and
 * back-pressure. A stream sends at most WINDOW chunks that its reader has not taken yet.
 */
const WINDOW = 4;

export interface Streamed<Header, Chunk> {
  readonly header: Header;
  readonly chunks: AsyncIterable<Chunk>;
}

export interface CallContext {
  readonly signal: AbortSignal;
  progress(share: number): void;
}

export interface Handlers {
  readonly calls: Readonly<Record<string, (argument: never, context: CallContext) => Promise<unknown>>>;
  readonly streams: Readonly<
    Record<string, (argument: never, context: CallContext) => Promise<Streamed<unknown, unknown>>>
  >;
}

type Request =
  | { readonly t: 'call'; readonly id: number; readonly method: string; readonly argument: unknown }
  | { readonly t: 'abort'; readonly id: number }
  | { readonly t: 'taken'; readonly id: number };

interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

type Response =
  | { readonly t: 'value'; readonly id: number; readonly value: unknown }
  | { readonly t: 'error'; readonly id: number; readonly error: PlainError }
  | { readonly t: 'progress'; readonly id: number; readonly share: number }
  | { readonly t: 'chunk'; readonly id: number; readonly value: unknown }
  | { readonly t: 'end'; readonly id: number };

/** Answers calls that come in through the port until it closes. */
export function serveCalls(port: MessagePort, handlers: Handlers): void {
  const active = new Map<number, { abort: AbortController; taken(): void }>();
  const send = (message: Response) => port.postMessage(message);

  async function answer({ id, method, argument }: Request & { t: 'call' }): Promise<void> {
    const abort = new AbortController();
    let credit = WINDOW;
    let wake: (() => void) | undefined;
    const taken = () => {
      credit += 1;
      wake?.();
    };
    abort.signal.addEventListener('abort', () => wake?.());
    active.set(id, { abort, taken });
    const context: CallContext = { signal: abort.signal, progress: (share) => send({ t: 'progress', id, share }) };
    try {
      const call = handlers.calls[method];
      if (call) {
        send({ t: 'value', id, value: await call(argument as never, context) });
        send({ t: 'end', id });
        return;
      }
      const stream = handlers.streams[method];
      if (!stream) throw new WeirError('internal', `no call ${method}`);
      const { header, chunks } = await stream(argument as never, context);
      send({ t: 'value', id, value: header });
      for await (const chunk of chunks) {
        while (credit === 0 && !abort.signal.aborted) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        if (abort.signal.aborted) throw new WeirError('cancelled', 'the query was cancelled');
        credit -= 1;
        send({ t: 'chunk', id, value: chunk });
      }
      send({ t: 'end', id });
    } catch (error) {
      const { code, message, details } = asWeirError(error);
      send({ t: 'error', id, error: { code, message, details } });
    } finally {
      active.delete(id);
    }
  }

  port.on('message', (request: Request) => {
    if (request.t === 'call') void answer(request);
    else if (request.t === 'abort') active.get(request.id)?.abort.abort();
    else active.get(request.id)?.taken();
  });
  port.on('close', () => {
    for (const { abort } of active.values()) abort.abort();
  });
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((share: number) => void) | undefined;
}

interface Pending {
  readonly options: CallOptions;
  /** The value of a call, the header of a stream. */
  value(value: unknown): void;
  chunk(value: unknown): void;
  end(): void;
  fail(error: WeirError): void;
}

/** The calling side. After `fail`, and after the port closed, every call that is under way or comes later is refused. */
export class ThreadCaller {
  private readonly port: MessagePort;
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private broken: WeirError | null = null;

  constructor(port: MessagePort) {
    this.port = port;
    port.on('message', (message: Response) => this.receive(message));
    port.on('close', () => this.fail(new WeirError('internal', 'the query thread has ended')));
    port.unref();
  }

  fail(error: WeirError): void {
    this.broken ??= error;
    for (const pending of [...this.pending.values()]) pending.fail(this.broken);
    this.pending.clear();
  }

  call<T>(method: string, argument: unknown, options: CallOptions = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.start(method, argument, {
        options,
        value: (value) => resolve(value as T),
        chunk() {},
        end() {},
        fail: reject,
      }).catch(reject);
    });
  }

  async stream<Header, Chunk>(
    method: string,
    argument: unknown,
    options: CallOptions = {},
  ): Promise<Streamed<Header, Chunk>> {
    const queue: Chunk[] = [];
    let over = false;
    let failure: WeirError | undefined;
    let wake: (() => void) | undefined;
    let id = 0;
    const header = await new Promise<Header>((resolve, reject) => {
      this.start(method, argument, {
        options,
        value: (value) => resolve(value as Header),
        chunk: (value) => {
          queue.push(value as Chunk);
          wake?.();
        },
        end: () => {
          over = true;
          wake?.();
        },
        fail: (error) => {
          over = true;
          failure = error;
          reject(error);
          wake?.();
        },
      }).then((given) => {
        id = given;
      }, reject);
    });
    const caller = this;
    async function* chunks(): AsyncGenerator<Chunk> {
      try {
        for (;;) {
          while (queue.length > 0) {
            const chunk = queue.shift()!;
            yield chunk;
            if (!over) caller.port.postMessage({ t: 'taken', id } satisfies Request);
          }
          if (failure) throw failure;
          if (over) return;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      } finally {
        // A reader that stops early ends the work behind it.
        if (!over) caller.port.postMessage({ t: 'abort', id } satisfies Request);
      }
    }
    return { header, chunks: chunks() };
  }

  private async start(method: string, argument: unknown, pending: Pending): Promise<number> {
    if (this.broken) throw this.broken;
    const { signal } = pending.options;
    if (signal?.aborted) throw new WeirError('cancelled', 'the query was cancelled');
    const id = this.nextId++;
    const onAbort = () => this.port.postMessage({ t: 'abort', id } satisfies Request);
    signal?.addEventListener('abort', onAbort, { once: true });
    const forget = () => {
      signal?.removeEventListener('abort', onAbort);
      if (this.pending.delete(id) && this.pending.size === 0) this.port.unref();
    };
    this.pending.set(id, {
      ...pending,
      end: () => {
        forget();
        pending.end();
      },
      fail: (error) => {
        forget();
        pending.fail(error);
      },
    });
    this.port.ref();
    this.port.postMessage({ t: 'call', id, method, argument } satisfies Request);
    return id;
  }

  private receive(message: Response): void {
    const pending = this.pending.get(message.id);
    if (!pending) return;
    if (message.t === 'value') pending.value(message.value);
    else if (message.t === 'chunk') pending.chunk(message.value);
    else if (message.t === 'end') pending.end();
    else if (message.t === 'progress') pending.options.onProgress?.(message.share);
    else pending.fail(new WeirError(message.error.code, message.error.message, { details: message.error.details }));
  }
}
