/** Why a list could not be refreshed. */
export const LIST_FAILURES = [
  'unreachable',
  'dns',
  'tls',
  'timeout',
  'cut',
  'status',
  'redirect',
  'too_large',
  'unreadable',
  'unwritable',
  'broken',
] as const;
export type ListFailureCause = (typeof LIST_FAILURES)[number];

/** What a server said with its refusal. */
interface Refusal {
  /** Of HTTP. */
  readonly status: number;
  /** The header Retry-After as it came; '' for none. */
  readonly retryAfter: string;
}

/** A refresh that failed; the list that is there stays. */
export class ListFailure extends Error {
  readonly reason: ListFailureCause;
  readonly refusal: Refusal | null;

  constructor(reason: ListFailureCause, message: string, refusal: Refusal | null = null) {
    super(message);
    this.name = 'ListFailure';
    this.reason = reason;
    this.refusal = refusal;
  }
}
