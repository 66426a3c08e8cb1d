/**
 * base: what every room stands on: errors, counters, clock, logging.
 * In: nothing. Out: the building blocks. Must not know of networks, flows, files of ours or threads.
 */
export { type Clock, ManualClock, systemClock } from './clock.ts';
export { counted, plural } from './counted.ts';
export {
  type CounterSample,
  CounterSheet,
  type CounterSheetHandle,
  readCounters,
} from './counters.ts';
export { asWeirError, ERROR_CODES, type ErrorCode, exitCode, WeirError } from './errors.ts';
export { HyperLogLog } from './hyperloglog.ts';
export { createLog, type Log, type LogStyle, RateLimit } from './log.ts';
export { Mutex } from './mutex.ts';
export { unreadable, unwritable, whyUnreadable, whyUnwritable } from './path-errors.ts';
export { quoted } from './quoted.ts';
export { type HashSecrets, hashSecrets, hashStep } from './secret-hash.ts';
