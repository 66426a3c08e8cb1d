/** Every way in which Weir's own work can fail. Closed: a new way to fail is a new code, named here. */
export const ERROR_CODES = [
  'usage', // the command line, the request or the filter is wrong: the caller must change it
  'config', // the configuration is wrong; the message lists every mistake
  'not_found', // what was named does not exist
  'unauthorised', // no token, or a wrong one
  'too_often', // too many tries to sign in failed
  'forbidden', // who asks is known, and may not
  'conflict', // somebody else has changed meanwhile what was to be changed
  'busy', // another process or query holds what is needed
  'port_taken', // a port that should be opened has a holder
  'disk_full', // the file system or the disk budget is exhausted
  'corrupt', // bytes at rest do not match their checksum or their format
  'version', // a data directory of another version of Weir
  'cancelled', // the caller stopped it
  'timeout', // the time budget of a query is used up
  'costly', // a query that would take longer than is allowed without asking
  'memory', // the memory budget of a query is used up
  'unsupported', // this machine or this build cannot do it
  'system', // the operating system refused; the message has the call and the errno name
  'internal', // a broken assumption of ours
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/**
 * The one error class. The message says what was wrong, with which value, and what to do; the cause is kept. Bytes from
 * the network never raise it across a room's border: they are counted (see counters.ts).
 */
export class WeirError extends Error {
  readonly code: ErrorCode;
  /** Facts for programs: position in a filter, name of a field, holder of a port. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; details?: Record<string, unknown> } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'WeirError';
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** The error as a WeirError: itself, or wrapped as `internal` (or `disk_full` and `system` where the errno says so). */
export function asWeirError(error: unknown): WeirError {
  if (error instanceof WeirError) return error;
  const errno = (error as NodeJS.ErrnoException | undefined)?.code;
  const message = error instanceof Error ? error.message : String(error);
  if (errno === 'ENOSPC' || errno === 'EDQUOT') return new WeirError('disk_full', message, { cause: error });
  if (typeof errno === 'string' && /^E[A-Z]+$/.test(errno)) return new WeirError('system', message, { cause: error });
  return new WeirError('internal', message, { cause: error });
}

/** The exit code of a command that ended with this error: 2 for wrong usage or configuration, 130 interrupted, else 1. */
export function exitCode(error: WeirError): number {
  if (error.code === 'usage' || error.code === 'config') return 2;
  return error.code === 'cancelled' ? 130 : 1;
}
