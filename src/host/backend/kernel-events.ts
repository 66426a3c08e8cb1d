import { asWeirError } from '../../base/index.ts';
import { type BpfObject, tracepointFormat } from '../../system/index.ts';

/** Tracepoints as bpf/kernel-events.bpf.h has their fields, by the program that reads them. */
const EVENTS = {
  on_socket_error: {
    tracepoint: 'sock/inet_sk_error_report',
    fields:
      'error@8:4 sport@12:2 dport@14:2 family@16:2 protocol@18:2 saddr@20:4 daddr@24:4 saddr_v6@28:16 daddr_v6@44:16',
  },
  on_program_start: {
    tracepoint: 'sched/sched_process_exec',
    fields: 'filename@8:4 pid@12:4 old_pid@16:4',
  },
} as const;

/** Attaches a program to its tracepoint. Where it cannot be, nothing else is less for it: why not, in words for people; null where it is. */
export function attachEvent(object: BpfObject, program: keyof typeof EVENTS): string | null {
  const { tracepoint, fields } = EVENTS[program];
  try {
    if (tracepointFormat(tracepoint).fields !== fields) return `the kernel has other fields in ${tracepoint}`;
    object.attach(program);
    return null;
  } catch (error) {
    return asWeirError(error).message;
  }
}
