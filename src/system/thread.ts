import { kernelAccess, needKernel } from './kernel.ts';

const PRIO_PROCESS = 0;
/** include/uapi/linux/time.h */
const CLOCK_THREAD_CPUTIME_ID = 3;

/**
 * Sets the nice value of the calling thread: on Linux `who` 0 is the thread, not the process (setpriority(2), C
 * library/kernel differences; kernel/sys.c takes `current`). False when it was refused (a lower value needs CAP_SYS_NICE)
 * or when there is no such call here.
 */
export function setThreadPriority(nice: number): boolean {
  const { kernel } = kernelAccess();
  return kernel !== null && kernel.setpriority(PRIO_PROCESS, 0, nice) === 0;
}

let timespec: BigInt64Array | undefined;

/** CPU seconds that the calling thread has used, user and system; WeirError('unsupported') where the call is missing. */
export function threadCpuSeconds(): number {
  const kernel = needKernel();
  timespec ??= new BigInt64Array(new ArrayBuffer(128));
  kernel.clock_gettime(CLOCK_THREAD_CPUTIME_ID, timespec);
  return Number(timespec[0]) + Number(timespec[1]) / 1e9;
}
