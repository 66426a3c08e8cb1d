import type { FlowBatch, TextColumns } from '../flow/index.ts';
import { believedMs, FlowRows, Metering } from '../meter/index.ts';
import { type CaptureChunk, type CaptureFacts, type Esp, openCapture } from '../packet/index.ts';
import type { TrafficOptions } from './meter-settings.ts';

/** Takes the rows of flows that have ended. */
export interface RowsTarget {
  /** Takes what the batch before holds, and gives an empty one whose texts have begun. */
  next(): Promise<FlowBatch>;
  /** Some packets later, before more of them are waited for; true: it wants the rows that are there. */
  pause(): boolean;
}

/** The packets of a capture into a meter, and the flows that end into rows of batches. */
export class TrafficReader {
  readonly metering: Metering;
  readonly esp: Esp;
  capture: CaptureFacts | null = null;
  readonly rows: FlowRows;
  private readonly target: RowsTarget;
  private earliestMs = Number.POSITIVE_INFINITY;
  private latestMs = Number.NEGATIVE_INFINITY;

  /** `texts` are those of the batches that the target gives. */
  constructor(options: TrafficOptions, texts: TextColumns, target: RowsTarget) {
    this.rows = new FlowRows(texts);
    this.esp = options.esp;
    this.metering = new Metering(options, this.rows);
    this.target = target;
  }

  /** Time of the first packet, in whole ms. */
  get firstMs(): number | null {
    return this.earliestMs <= this.latestMs ? Math.floor(this.earliestMs) : null;
  }

  get lastMs(): number | null {
    return this.earliestMs <= this.latestMs ? Math.floor(this.latestMs) : null;
  }

  /** Reads to the end or to the damage, which `capture` tells. What was read before a failure is in rows too when it throws. */
  async read(bytes: string | AsyncIterable<Uint8Array>): Promise<void> {
    const capture = openCapture(bytes);
    this.capture = capture.facts;
    try {
      for await (const chunk of capture) {
        this.noteTimes(chunk);
        for (let i = this.take(chunk, 0); i < chunk.count; i = this.take(chunk, i)) {
          this.rows.bind(await this.target.next());
        }
        if (this.target.pause()) this.rows.bind(await this.target.next());
      }
    } finally {
      await this.finish();
    }
  }

  private async finish(): Promise<void> {
    do {
      if (this.rows.isFull) this.rows.bind(await this.target.next());
    } while (!this.metering.meter.finish(this.rows.flowsLeft));
  }

  /** Meters packets from number `first` on for as long as there is room for rows; the number of the next one. Nothing is waited for: V8 makes this faster. */
  private take(chunk: CaptureChunk, first: number): number {
    const { metering, rows } = this;
    const { view, at, captured, original, linkType, timeMs, interfaceId, count } = chunk;
    let i = first;
    for (; i < count && !rows.isFull; i++)
      metering.packet(view, at[i]!, captured[i]!, original[i]!, linkType[i]!, timeMs[i]!, interfaceId[i]! + 1);
    return i;
  }

  /** NaN is neither. */
  private noteTimes({ timeMs, count }: CaptureChunk): void {
    let { earliestMs, latestMs } = this;
    for (let i = 0; i < count; i++) {
      const ms = believedMs(timeMs[i]!);
      if (ms < earliestMs) earliestMs = ms;
      if (ms > latestMs) latestMs = ms;
    }
    this.earliestMs = earliestMs;
    this.latestMs = latestMs;
  }
}
