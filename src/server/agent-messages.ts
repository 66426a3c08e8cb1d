import type {
  ActiveQuery,
  ForwardTarget,
  HostMeterOptions,
  HostMeterStatus,
  JournalledUpTo,
  LiveQuery,
  LiveSecond,
  MessageJournal,
  OpenFlows,
} from '../ingest/index.ts';
import type { Gap } from '../truth/index.ts';

/** What the store process of an agent is started with. */
export interface AgentStoreStart {
  readonly data: string;
  /** As the command line gave them: only this process reads the configuration. */
  readonly configFile: string | null;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly startedMs: number;
  /** `begin`: what the last run left is taken in, and the time without measurement ends. `settle`: besides, segments are merged and history is made. */
  readonly task: 'begin' | 'settle' | 'answer';
}

/** What becomes of the meter's messages, and what it shall do: told by the process that reads the configuration. */
export interface AgentBegun {
  readonly nextJournal: number;
  /** The part of the file system that stays free, 0 to 1. */
  readonly freeShare: number;
  readonly meter: HostMeterOptions;
  /** Who gets the records as well; null for nobody. */
  readonly forward: ForwardTarget | null;
  readonly rows: AgentRows;
}
export type AgentRows = ConstructorParameters<typeof MessageJournal>[0]['rows'];

/** The state of the agent as its resident process knows it. */
export interface AgentFacts {
  readonly meter: HostMeterStatus;
  /** In the order of the sheet of ingest. */
  readonly counters: readonly number[];
  /** In the order of the sheet of the meter. */
  readonly meterCounters: readonly number[];
  readonly exporters: ReturnType<MessageJournal['list']>;
}

/** Told to the store process; a `connection` comes with its socket. */
export type AgentOrder =
  | { readonly type: 'start'; readonly start: AgentStoreStart }
  | { readonly type: 'connection' }
  | { readonly type: 'leave' }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown };

/** What the store process asks, and what it gets. */
export interface AgentQuestions {
  /** Closes the journal file that is open, if anything is in it. */
  readonly upTo: { readonly argument: null; readonly value: JournalledUpTo };
  /** These gaps are on disk: they need not be told again. */
  readonly gapsStored: { readonly argument: readonly Gap[]; readonly value: null };
  readonly facts: { readonly argument: null; readonly value: AgentFacts };
  /** Null where no meter answers. */
  readonly active: { readonly argument: ActiveQuery; readonly value: OpenFlows | null };
  readonly live: { readonly argument: LiveQuery; readonly value: LiveSecond | null };
}

/** Told by the store process. */
export type AgentReport =
  | { readonly type: 'ready'; readonly begun: AgentBegun | null }
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  /** Nothing was asked for a while; of so many connections that came. */
  | { readonly type: 'idle'; readonly connections: number }
  | {
      readonly type: 'ask';
      readonly id: number;
      readonly what: keyof AgentQuestions;
      readonly argument: ActiveQuery | LiveQuery | readonly Gap[] | null;
    };
