import { WeirError } from '../../base/index.ts';
import { callError, type Kernel } from '../kernel.ts';
import { procText } from '../proc-file.ts';
import { kernelMemory } from './bpf-call.ts';
import { withOwnMount } from './own-mount.ts';

/** The number of perf_event_open(2): as that of bpf(2) in bpf-call.ts. */
const PERF_EVENT_OPEN = process.arch === 'x64' ? 298 : 241;
/** include/uapi/linux/perf_event.h: struct perf_event_attr, in its first version. */
const ATTRIBUTE_BYTES = 64;
const PERF_TYPE_TRACEPOINT = 2;
const PERF_FLAG_FD_CLOEXEC = 8;
/** Where tracefs is mounted, since Linux 4.1 and before. */
const MOUNTS = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'];

/** A tracepoint of the kernel as tracefs has it: its number, and where each field lies. */
export interface TracepointFormat {
  readonly id: number;
  /** `error@8:4`: the name, where it begins and how many bytes it has, in the order of the kernel, without those that all tracepoints have. */
  readonly fields: string;
}

const formats = new Map<string, TracepointFormat>();

/**
 * What the kernel says of `sched/sched_process_exec`, read once. tracefs is mounted for a moment where it is nowhere. WeirError('unsupported') where there is no such tracepoint, or it
 * cannot be read.
 */
export function tracepointFormat(name: string): TracepointFormat {
  const known = formats.get(name);
  if (known !== undefined) return known;
  const format = readTracepointFormat(formatText(name));
  formats.set(name, format);
  return format;
}

/** The text of a file `format` of tracefs. */
export function readTracepointFormat(text: string): TracepointFormat {
  const id = /^ID: (\d+)$/m.exec(text)?.[1];
  if (id === undefined) throw new WeirError('unsupported', 'the kernel describes a tracepoint in another way');
  const fields = [...text.matchAll(/^\tfield:[^;]*?(\w+)(?:\[\d*\])?;\toffset:(\d+);\tsize:(\d+);/gm)];
  const own = fields.filter(([, name]) => !name!.startsWith('common_'));
  return { id: Number(id), fields: own.map(([, name, at, bytes]) => `${name}@${at}:${bytes}`).join(' ') };
}

/** An event of a tracepoint, to which a program can be attached; WeirError('system') where it is refused. */
export function openTracepoint(kernel: Kernel, name: string): number {
  const attributes = kernelMemory(ATTRIBUTE_BYTES);
  const view = new DataView(attributes.buffer);
  view.setUint32(0, PERF_TYPE_TRACEPOINT, true);
  view.setUint32(4, ATTRIBUTE_BYTES, true);
  view.setBigUint64(8, BigInt(tracepointFormat(name).id), true);
  const fd = kernel.syscall5(PERF_EVENT_OPEN, attributes, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
  if (fd < 0) throw callError(kernel, `tracepoint ${name}`);
  return fd;
}

function formatText(name: string): string {
  const path = `events/${name}/format`;
  for (const mount of MOUNTS) {
    const text = procText(`${mount}/${path}`);
    if (text !== '') return text;
  }
  const text = withOwnMount('tracefs', (mount) => procText(`${mount}/${path}`));
  if (text === '') throw new WeirError('unsupported', `the kernel has no tracepoint ${name}`);
  return text;
}
