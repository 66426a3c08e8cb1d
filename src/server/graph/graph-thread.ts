import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { type Log, WeirError } from '../../base/index.ts';
import { ThreadCaller } from '../thread-rpc.ts';
import type { PictureOrder } from './picture-order.ts';

export interface GraphThreadData {
  readonly port: MessagePort;
}

/** Pictures that are drawn or wait: one more is refused. */
const MOST_WAITING = 8;
/** A picture that takes longer is none that anybody waits for. */
const DRAW_MS = 30_000;
/** The thread ends after so long without a picture, and its memory is free. */
const IDLE_MS = 60_000;
const HEAP_MB = 256;

interface Drawing {
  readonly worker: Worker;
  readonly caller: ThreadCaller;
}

/** The thread that draws pictures: started by the first, ended when there were none for a while. */
export class GraphThread {
  private readonly log: Log;
  private current: Promise<Drawing> | null = null;
  private waiting = 0;
  private idle: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(log: Log) {
    this.log = log;
  }

  /** As SVG text or PNG. WeirError `busy` where too many wait, `timeout` where one takes too long, and what drawPicture raises. */
  async draw(order: PictureOrder): Promise<string | Uint8Array> {
    if (this.stopped) throw new WeirError('cancelled', 'the node is stopping');
    if (this.waiting >= MOST_WAITING)
      throw new WeirError('busy', `${this.waiting} pictures are drawn: ask again in some seconds`);
    this.waiting += 1;
    clearTimeout(this.idle);
    try {
      this.current ??= this.start();
      const drawing = await this.current;
      return await this.within(drawing, drawing.caller.call<string | Uint8Array>('draw', order));
    } finally {
      this.waiting -= 1;
      if (this.waiting === 0) this.idle = setTimeout(() => void this.end(), IDLE_MS).unref();
    }
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.end();
  }

  private async within<T>({ caller }: Drawing, drawn: Promise<T>): Promise<T> {
    const late = setTimeout(() => {
      caller.fail(new WeirError('timeout', `the picture was not drawn within ${DRAW_MS / 1_000} s`));
      void this.end();
    }, DRAW_MS);
    try {
      return await drawn;
    } finally {
      clearTimeout(late);
    }
  }

  private async end(): Promise<void> {
    clearTimeout(this.idle);
    const last = this.current;
    this.current = null;
    await (await last?.catch(() => null))?.worker.terminate();
  }

  private start(): Promise<Drawing> {
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(new URL('../server/graph-worker.js', import.meta.url), {
      workerData: { port: port2 } satisfies GraphThreadData,
      transferList: [port2],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    const caller = new ThreadCaller(port1);
    worker.on('error', (error) => {
      this.log.error({ err: error }, 'the thread that draws pictures failed');
      caller.fail(new WeirError('internal', `the picture could not be drawn: ${error.message}`));
    });
    worker.once('exit', () => {
      caller.fail(new WeirError('internal', 'the thread that draws pictures has ended'));
      if (this.current === starting) this.current = null;
    });
    const starting = new Promise<Drawing>((resolve, reject) => {
      worker.once('message', () => resolve({ worker, caller }));
      worker.once('error', reject);
    });
    worker.unref();
    return starting;
  }
}
