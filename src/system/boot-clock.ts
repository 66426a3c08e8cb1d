import { uptime } from 'node:os';
import { kernelAccess } from './kernel.ts';

/** include/uapi/linux/time.h */
const CLOCK_BOOTTIME = 7;

let timespec: BigInt64Array | undefined;

/** Ms since the machine began, those that it slept among them: the clock that /proc tells the starts of processes by. To 10 ms where the call is missing. */
export function bootMs(): number {
  const { kernel } = kernelAccess();
  timespec ??= new BigInt64Array(new ArrayBuffer(128));
  if (kernel === null || kernel.clock_gettime(CLOCK_BOOTTIME, timespec) !== 0) return uptime() * 1000;
  return Number(timespec[0]) * 1000 + Number(timespec[1]) / 1e6;
}

/** What the boot clock is ahead of the monotonic one: how long the machine slept. */
export function sleptMs(): number {
  return Math.max(0, bootMs() - Number(process.hrtime.bigint()) / 1e6);
}
