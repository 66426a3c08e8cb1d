import { join } from 'node:path';
import { runProgram } from './program.testing.ts';

export interface SoftflowdOptions {
  readonly version: 5 | 9 | 10;
  readonly capture: string;
  /** Of a collector on this machine. */
  readonly port: number;
  readonly folder: string;
  /** RFC 5103: both directions in one record (IPFIX only). */
  readonly biflows?: boolean;
  /** One packet in N; announced by options. */
  readonly sampling?: number;
  /** Times as 152/153 instead of 21/22 (IPFIX only). */
  readonly absoluteTimes?: boolean;
}

/**
 * softflowd over a capture, to its end. `-c none -d`: with a control socket it may wait for ever on it after a file. `-a`: its clock
 * follows the capture; without it the times lie 49 days in the future, because it counts milliseconds from its own start.
 */
export function runSoftflowd(options: SoftflowdOptions): Promise<string> {
  const { version, capture, port, folder } = options;
  return runProgram('softflowd', [
    ...['-r', capture, '-a', '-n', `127.0.0.1:${port}`, '-v', String(version)],
    ...['-c', 'none', '-p', join(folder, `softflowd-${port}.pid`), '-d'],
    ...(options.biflows ? ['-b'] : []),
    ...(options.absoluteTimes ? ['-A', 'milli'] : []),
    ...(options.sampling ? ['-s', String(options.sampling)] : []),
  ]);
}
