import { readFileSync } from 'node:fs';

/** Documentation/bpf/btf.rst */
const MAGIC = 0xeb9f;
const KIND_TYPEDEF = 8;
const KIND_FUNC = 12;
/** Bytes behind the twelve of each kind of type, by its number; below zero: for each member. */
const MORE = [0, 4, 0, 12, -12, -12, -8, 0, 0, 0, 0, 0, 0, -8, 4, -12, 0, 4, 0, -12];
const KERNEL_TYPES = '/sys/kernel/btf/vmlinux';

/** The number by which the kernel knows a tracepoint (type `btf_trace_NAME`) or a function of its own; null where it does not say. */
export function kernelTypeIds(names: readonly string[], path: string = KERNEL_TYPES): Map<string, number> {
  const found = new Map<string, number>();
  let types: Buffer;
  try {
    types = readFileSync(path);
  } catch {
    return found;
  }
  if (types.length < 24 || types.readUInt16LE(0) !== MAGIC) return found;
  const header = types.readUInt32LE(4);
  const begin = header + types.readUInt32LE(8);
  const end = begin + types.readUInt32LE(12);
  const strings = header + types.readUInt32LE(16);
  if (end > types.length) return found;
  const wanted = new Map<number, string>();
  for (const name of names) {
    const at = types.indexOf(`\0${name}\0`, strings, 'latin1');
    if (at >= 0) wanted.set(at + 1 - strings, name);
  }
  for (let at = begin, id = 1; at + 12 <= end; id++) {
    const information = types.readUInt32LE(at + 4);
    const kind = (information >>> 24) & 0x1f;
    const name = wanted.get(types.readUInt32LE(at));
    if (name !== undefined && (kind === KIND_TYPEDEF || kind === KIND_FUNC)) found.set(name, id);
    const more = MORE[kind];
    if (more === undefined || found.size === names.length) break;
    at += 12 + (more < 0 ? -more * (information & 0xffff) : more);
  }
  return found;
}
