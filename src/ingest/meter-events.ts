import type { LogLevel } from './producer-messages.ts';
import type { MessageSink } from './tcp-messages.ts';

export interface PipedMeterEvents {
  readonly message: MessageSink;
  /** A process is gone: what its templates said holds for no other. */
  ended(): void;
  /** Metering goes on after nobody did from `fromMs` (of the wall clock) on. */
  resumed(fromMs: number): void;
  log(level: LogLevel, text: string): void;
  /** Where the rights to start another one are given up: it ended, and nobody meters from now on. */
  gone?(why: string): void;
}

/** The clock of the wall, and one that nobody sets; ms. */
export interface MeterClock {
  wall(): number;
  steady(): number;
}
