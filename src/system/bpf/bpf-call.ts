import { callError, type Kernel, type Memory, needKernel } from '../kernel.ts';

/** The number of bpf(2); riscv64 and loong64 number calls as arm64 does (include/uapi/asm-generic/unistd.h). */
const CALL = process.arch === 'x64' ? 321 : 280;
/** More than any command here takes of `union bpf_attr`. */
const ATTRIBUTE_BYTES = 256;
const RLIMIT_MEMLOCK = 8;

/** Commands of bpf(2): include/uapi/linux/bpf.h, enum bpf_cmd. */
export const BPF = {
  mapCreate: 0,
  mapLookup: 1,
  mapUpdate: 2,
  programLoad: 5,
  tracepointOpen: 17,
  mapLookupBatch: 24,
  mapDeleteBatch: 27,
  linkCreate: 28,
} as const;

/** Memory that the kernel reads or writes by its address: of its own, so that it does not move. Whoever has the address must keep it. */
export function kernelMemory(bytes: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(Math.max(128, bytes)), 0, bytes);
}

/** bpf(2) with its attributes, which are filled in before each call by their offset in the union. */
export class BpfCall {
  readonly kernel: Kernel;
  private readonly attributes = kernelMemory(ATTRIBUTE_BYTES);
  private readonly view = new DataView(this.attributes.buffer);

  /** WeirError('unsupported') where calls cannot be made. */
  constructor(kernel: Kernel = needKernel()) {
    this.kernel = kernel;
  }

  begin(): void {
    this.attributes.fill(0);
  }

  number(at: number, value: number): void {
    this.view.setUint32(at, value, true);
  }

  address(at: number, value: bigint): void {
    this.view.setBigUint64(at, value, true);
  }

  /** At most 15 characters are kept of a name. */
  name(at: number, value: string): void {
    for (let i = 0; i < Math.min(15, value.length); i++) this.attributes[at + i] = value.charCodeAt(i);
  }

  /** What the kernel wrote back. */
  answer(at: number): number {
    return this.view.getUint32(at, true);
  }

  /** Below zero: failed, and `kernel.errno()` says why. */
  run(command: number, bytes: number): number {
    return this.kernel.syscall(CALL, command, this.attributes, bytes);
  }

  /** The same, or a WeirError('system'). */
  need(command: number, bytes: number, what: string): number {
    const result = this.run(command, bytes);
    if (result < 0) throw callError(this.kernel, what);
    return result;
  }

  addressOf(memory: Memory): bigint {
    return this.kernel.addressOf(memory);
  }

  close(fd: number): void {
    this.kernel.close(fd);
  }

  /** Before Linux 5.11 maps count against the memory that a process may lock, 64 KiB by default. Refused or not: map creation tells. */
  liftMemoryLimit(): void {
    this.kernel.setrlimit(RLIMIT_MEMLOCK, new BigInt64Array(new ArrayBuffer(128)).fill(-1n));
  }
}
