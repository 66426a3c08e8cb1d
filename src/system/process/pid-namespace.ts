import { procLink } from '../proc-file.ts';

/** PROC_PID_INIT_INO of include/linux/proc_ns.h */
const FIRST = 'pid:[4026531836]';

/** Whether processes have the numbers here that they have for the kernel: in a PID namespace of its own a container counts anew. */
export function inFirstPidNamespace(proc = '/proc'): boolean {
  const namespace = procLink(`${proc}/self/ns/pid`);
  return namespace === '' || namespace === FIRST;
}
