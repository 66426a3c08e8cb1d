import type { ApplicationName } from '../../flow/index.ts';
import type { Finding } from './finding.ts';
import type { Form } from './forms.ts';
import type { Payload } from './payload.ts';

/**
 * Looks at a payload and fills `out` when it is the application's: then true, and no other recogniser is asked. Else false, and of `out` it has
 * changed at most `candidate` and `more`. Must not throw for what the bytes hold, and allocates nothing but where
 * `Payload.openings` let it: deciphering does, and is bounded by them.
 */
export type Recogniser = (payload: Payload, out: Finding) => boolean;

/** When a recogniser is asked. */
export interface Recognition {
  readonly recogniser: Recogniser;
  /** Of servers: there it is asked before those of other ports. */
  readonly ports: readonly number[];
  /** What its payloads may begin with; for others it is not asked. Absent: anything. */
  readonly first?: readonly number[];
  /**
   * Elsewhere than at its ports: all payloads that it takes, or for which it changes the finding, are of one of these forms. For others it is not asked. Absent: of any.
   */
  readonly forms?: readonly Form[];
  /** Flows that are already known to be of these applications have their later payloads given to `watcher`, where `Finding.watch` asked for them. */
  readonly watches?: readonly ApplicationName[];
  readonly watcher?: Recogniser;
}

/** Recognisers of applications that belong together. */
export interface Family {
  readonly tcp?: readonly Recognition[];
  readonly udp?: readonly Recognition[];
}

/** First bytes of texts, in both cases of their letters. */
export function firstOf(...texts: readonly string[]): number[] {
  const bytes = texts.flatMap((text) => [text.toLowerCase().charCodeAt(0), text.toUpperCase().charCodeAt(0)]);
  return [...new Set(bytes)];
}
