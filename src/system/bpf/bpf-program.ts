import { WeirError } from '../../base/index.ts';
import { callError } from '../kernel.ts';
import { BPF, type BpfCall, kernelMemory } from './bpf-call.ts';
import type { BpfProgramCode } from './elf-object.ts';
import { openTracepoint } from './tracepoint.ts';

/** enum bpf_prog_type and bpf_attach_type of include/uapi/linux/bpf.h, by the section of a program. */
const CGROUP_SKB = 8;
const CGROUP_SOCK = 9;
const CGROUP_SOCK_ADDR = 18;
const TRACEPOINT = 5;
const TRACING = 26;
const BPF_TRACE_RAW_TP = 23;
const BPF_TRACE_FEXIT = 25;
const BPF_PERF_EVENT = 41;
const HOOKS: Readonly<Record<string, readonly [type: number, attach: number]>> = {
  'cgroup_skb/ingress': [CGROUP_SKB, 0],
  'cgroup_skb/egress': [CGROUP_SKB, 1],
  'cgroup/sock_create': [CGROUP_SOCK, 2],
  'cgroup/connect4': [CGROUP_SOCK_ADDR, 10],
  'cgroup/connect6': [CGROUP_SOCK_ADDR, 11],
  'cgroup/sendmsg4': [CGROUP_SOCK_ADDR, 14],
  'cgroup/sendmsg6': [CGROUP_SOCK_ADDR, 15],
  'cgroup/recvmsg4': [CGROUP_SOCK_ADDR, 19],
  'cgroup/recvmsg6': [CGROUP_SOCK_ADDR, 20],
  'cgroup/sock_release': [CGROUP_SOCK, 34],
};
const BPF_PSEUDO_MAP_FD = 1;
const LOG_BYTES = 256 << 10;
const PROGRAM_LOAD_BYTES = 116;
const LINK_CREATE_BYTES = 16;
const TRACEPOINT_BYTES = 16;

/** The classic tracepoint of a section, `sched/sched_process_exec`; null where it is of another kind. */
function tracepointOf(section: string): string | null {
  return section.startsWith('tp/') ? section.slice('tp/'.length) : null;
}

/** What a program of a section is, for the kernel; `type` is the name of the kernel's type that tracing wants. */
export function tracedType(section: string): string | null {
  if (section.startsWith('tp_btf/')) return `btf_trace_${section.slice('tp_btf/'.length)}`;
  return section.startsWith('fexit/') ? section.slice('fexit/'.length) : null;
}

/** A program in the kernel that is attached for as long as this process lives, or until `detach`. */
export interface AttachedProgram {
  readonly name: string;
  readonly section: string;
  detach(): void;
}

/**
 * Loads a program whose maps are open and attaches it to a cgroup, or to a tracepoint or function of the kernel by the number of its
 * type. WeirError('system') with the errno, and with what the verifier says where it says something.
 */
export function attachProgram(
  call: BpfCall,
  code: BpfProgramCode,
  license: string,
  mapFds: ReadonlyMap<string, number>,
  target: { readonly cgroup: number; readonly typeId: number },
): AttachedProgram {
  const traced = tracedType(code.section) !== null;
  const tracing = [TRACING, code.section.startsWith('fexit/') ? BPF_TRACE_FEXIT : BPF_TRACE_RAW_TP] as const;
  const tracepoint = tracepointOf(code.section);
  const hook = traced ? tracing : tracepoint !== null ? ([TRACEPOINT, 0] as const) : HOOKS[code.section];
  if (!hook) throw new WeirError('internal', `a BPF program in section ${code.section} cannot be attached to anything`);
  const [type, attach] = hook;
  const program = load(call, code, license, mapFds, { type, attach, typeId: traced ? target.typeId : 0 });
  try {
    if (tracepoint !== null) return linkToEvent(call, code, program, tracepoint);
    return traced ? trace(call, code, program) : link(call, code, program, target.cgroup, attach);
  } catch (error) {
    call.close(program);
    throw error;
  }
}

function load(
  call: BpfCall,
  code: BpfProgramCode,
  license: string,
  mapFds: ReadonlyMap<string, number>,
  as: { type: number; attach: number; typeId: number },
): number {
  const instructions = kernelMemory(code.instructions.length);
  instructions.set(code.instructions);
  const words = new DataView(instructions.buffer);
  for (const { at, name } of code.maps) {
    const fd = mapFds.get(name);
    if (fd === undefined) throw new WeirError('internal', `BPF program ${code.name} wants a map ${name}`);
    instructions[at + 1] = (instructions[at + 1]! & 0x0f) | (BPF_PSEUDO_MAP_FD << 4);
    words.setInt32(at + 4, fd, true);
  }
  const licenseText = kernelMemory(license.length + 1);
  licenseText.set(Buffer.from(`${license}\0`, 'latin1'));
  const log = kernelMemory(LOG_BYTES);
  const attempt = (logLevel: number) => {
    call.begin();
    call.number(0, as.type);
    call.number(4, instructions.length / 8);
    call.address(8, call.addressOf(instructions));
    call.address(16, call.addressOf(licenseText));
    if (logLevel > 0) {
      call.number(24, logLevel);
      call.number(28, LOG_BYTES);
      call.address(32, call.addressOf(log));
    }
    call.name(48, code.name);
    call.number(68, as.attach);
    call.number(108, as.typeId);
    return call.run(BPF.programLoad, PROGRAM_LOAD_BYTES);
  };
  // With a log loading takes several times as long: only a program that was refused is loaded with one.
  const program = attempt(0);
  if (program >= 0) return program;
  const again = attempt(1);
  if (again >= 0) return again;
  const error = callError(call.kernel, `BPF program ${code.name}`);
  const said = Buffer.from(log.buffer, 0, Math.max(0, log.indexOf(0)))
    .toString('latin1')
    .trim();
  if (said === '') throw error;
  const last = said.split('\n').slice(-4).join('; ');
  throw new WeirError('system', `${error.message} (${last})`, { details: { ...error.details, log: said } });
}

/** A link (Linux 5.7) ends with the process, and others may attach theirs beside it. */
function link(call: BpfCall, code: BpfProgramCode, program: number, target: number, attach: number): AttachedProgram {
  call.begin();
  call.number(0, program);
  call.number(4, target);
  call.number(8, attach);
  return attached(call, code, program, call.need(BPF.linkCreate, LINK_CREATE_BYTES, attaching(code)));
}

function trace(call: BpfCall, code: BpfProgramCode, program: number): AttachedProgram {
  call.begin();
  call.number(8, program);
  return attached(call, code, program, call.need(BPF.tracepointOpen, TRACEPOINT_BYTES, attaching(code)));
}

/** A link to a tracepoint (Linux 5.15). Events are of one processor and of no process; the program runs for all. */
function linkToEvent(call: BpfCall, code: BpfProgramCode, program: number, tracepoint: string): AttachedProgram {
  const event = openTracepoint(call.kernel, tracepoint);
  try {
    return link(call, code, program, event, BPF_PERF_EVENT);
  } finally {
    call.close(event);
  }
}

function attaching({ name }: BpfProgramCode): string {
  return `attaching BPF program ${name}`;
}

/** `fd` holds it where it is attached. */
function attached(call: BpfCall, { name, section }: BpfProgramCode, program: number, fd: number): AttachedProgram {
  return {
    name,
    section,
    detach() {
      call.close(fd);
      call.close(program);
    },
  };
}
