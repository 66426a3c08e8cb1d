import { createRequire } from 'node:module';
import { getSystemErrorName } from 'node:util';
import { WeirError } from '../base/index.ts';

/** Memory handed to a call. Over an ArrayBuffer of its own: small typed arrays made by length alone may lie on V8's heap and move. */
export type Memory = Uint8Array | Uint16Array | Uint32Array | Int32Array | BigInt64Array;

/** The libc calls that this room makes, by their C names: a result below zero is an error and `errno()` says which. */
export interface Kernel {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Memory, length: number): number;
  getsockname(fd: number, address: Memory, length: Memory): number;
  setsockopt(fd: number, level: number, name: number, value: Memory, length: number): number;
  getsockopt(fd: number, level: number, name: number, value: Memory, length: Memory): number;
  connect(fd: number, address: Memory, length: number): number;
  send(fd: number, bytes: Memory, length: number, flags: number): number;
  recv(fd: number, bytes: Memory, length: number, flags: number): number;
  recvmmsg(fd: number, messages: Memory, count: number, flags: number, timeout: null): number;
  poll(fds: Memory, count: number, timeoutMs: number): number;
  ioctl(fd: number, request: number, argument: Memory): number;
  /** The address, or MAP_FAILED. */
  mmap(address: bigint | null, length: number, protection: number, flags: number, fd: number, offset: number): bigint;
  close(fd: number): number;
  flock(fd: number, operation: number): number;
  setpriority(which: number, who: number, nice: number): number;
  clock_gettime(clock: number, timespec: Memory): number;
  /** For calls that libc has no function for: three arguments, as bpf(2) has. */
  syscall(number: number, first: number, memory: Memory, third: number): number;
  /** The same with the five arguments that perf_event_open(2) has. */
  syscall5(number: number, memory: Memory, second: number, third: number, fourth: number, fifth: number): number;
  setrlimit(resource: number, limits: Memory): number;
  mount(source: Memory, target: Memory, type: Memory, flags: number, data: null): number;
  umount2(target: Memory, flags: number): number;
  setns(fd: number, type: number): number;
  /** Of all threads, as setresuid(3) of the C library does it. */
  setresuid(real: number, effective: number, saved: number): number;
  prctl(option: number, second: number, third: number, fourth: number, fifth: number): number;
  capget(header: Memory, sets: Memory): number;
  capset(header: Memory, sets: Memory): number;
  /** Bytes of a page of memory. */
  getpagesize(): number;
  errno(): number;
  /** Where the memory starts, for pointers inside structures. The caller must keep the memory alive: a bare address does not. */
  addressOf(memory: Memory): bigint;
  /** The bytes at an address, in place. They must stay mapped for as long as anything refers to the buffer: it cannot be detached. */
  view(address: bigint, length: number): ArrayBuffer;
}

const PROTOTYPES = {
  socket: 'int socket(int, int, int)',
  bind: 'int bind(int, void *, uint)',
  getsockname: 'int getsockname(int, void *, void *)',
  setsockopt: 'int setsockopt(int, int, int, void *, uint)',
  getsockopt: 'int getsockopt(int, int, int, void *, void *)',
  connect: 'int connect(int, void *, uint)',
  send: 'long send(int, void *, size_t, int)',
  recv: 'long recv(int, void *, size_t, int)',
  recvmmsg: 'int recvmmsg(int, void *, uint, int, void *)',
  poll: 'int poll(void *, ulong, int)',
  ioctl: 'int ioctl(int, ulong, void *)',
  mmap: 'void *mmap(void *, size_t, int, int, int, long)',
  close: 'int close(int)',
  flock: 'int flock(int, int)',
  setpriority: 'int setpriority(int, uint, int)',
  clock_gettime: 'int clock_gettime(int, void *)',
  syscall: 'long syscall(long, int, void *, uint)',
  syscall5: 'long syscall(long, void *, int, int, int, ulong)',
  setrlimit: 'int setrlimit(int, void *)',
  mount: 'int mount(void *, void *, void *, ulong, void *)',
  umount2: 'int umount2(void *, int)',
  setns: 'int setns(int, int)',
  setresuid: 'int setresuid(uint, uint, uint)',
  prctl: 'int prctl(int, ulong, ulong, ulong, ulong)',
  capget: 'int capget(void *, void *)',
  capset: 'int capset(void *, void *)',
  getpagesize: 'int getpagesize()',
} as const;

/** Structures are laid out here for 64-bit little-endian Linux, whose socket constants (asm-generic/socket.h) these machines share. */
const MACHINES = ['x64', 'arm64', 'riscv64', 'loong64'];

/** The calls, or why there are none. */
export type KernelAccess =
  | { readonly kernel: Kernel; readonly reason: null }
  | { readonly kernel: null; readonly reason: string };

/** Binds the calls through koffi, which `load` returns or throws for. */
export function bindKernel(
  load: () => unknown,
  platform: string = process.platform,
  arch: string = process.arch,
): KernelAccess {
  if (platform !== 'linux') return { kernel: null, reason: `recvmmsg is a call of Linux, this is ${platform}` };
  if (!MACHINES.includes(arch)) return { kernel: null, reason: `structures are not laid out for ${arch}` };
  try {
    const koffi = load() as typeof import('koffi');
    const libc = koffi.load(null);
    const calls = Object.entries(PROTOTYPES).map(([name, prototype]) => [name, libc.func(prototype)]);
    const kernel = {
      ...Object.fromEntries(calls),
      errno: () => koffi.errno(),
      addressOf: (memory: Memory) => koffi.address(memory),
      view: (address: bigint, length: number) => koffi.view(address, length),
    } as Kernel;
    return { kernel, reason: null };
  } catch (error) {
    return {
      kernel: null,
      reason: `koffi does not load: ${error instanceof Error ? firstLine(error.message) : error}`,
    };
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}

let access: KernelAccess | undefined;

/** The calls, bound at the first use in this thread (koffi is 9 ms and is not loaded for commands that never need it). */
export function kernelAccess(): KernelAccess {
  access ??= bindKernel(() => createRequire(import.meta.url)('koffi'));
  return access;
}

/** The calls, or WeirError('unsupported'). */
export function needKernel(): Kernel {
  const { kernel, reason } = kernelAccess();
  if (!kernel) throw new WeirError('unsupported', `this machine has no door to the kernel: ${reason}`);
  return kernel;
}

/** The error of the call that just failed, with its errno name in the message and in `details.errno`. */
export function callError(kernel: Kernel, what: string): WeirError {
  const errno = kernel.errno();
  const name = errnoName(errno);
  return new WeirError('system', `${what}: ${name}`, { details: { errno: name } });
}

function errnoName(errno: number): string {
  try {
    return getSystemErrorName(-errno);
  } catch {
    return `errno ${errno}`;
  }
}

/** errno values of asm-generic/errno-base.h and errno.h, the same on every machine of MACHINES. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  ENODEV: 19,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENOBUFS: 105,
  ECONNREFUSED: 111,
} as const;

/** Words that the kernel reads and writes: over a buffer of their own, so that their address stays. */
export function words(count: number): Uint32Array {
  return new Uint32Array(new ArrayBuffer(Math.max(128, count * 4)), 0, count);
}
