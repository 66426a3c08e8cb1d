/** Why a list could not be refreshed. */
export const LIST_FAILURES = [
  'unreachable',
  'timeout',
  'status',
  'redirect',
  'too_large',
  'unreadable',
  'unwritable',
  'broken',
] as const;
export type ListFailureCause = (typeof LIST_FAILURES)[number];

/** A refresh that failed; the list that is there stays. */
export class ListFailure extends Error {
  readonly reason: ListFailureCause;

  constructor(reason: ListFailureCause, message: string) {
    super(message);
    this.name = 'ListFailure';
    this.reason = reason;
  }
}
