import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callError, needKernel } from '../kernel.ts';
import { kernelMemory } from './bpf-call.ts';

const MNT_DETACH = 2;

/** Mounts a file system of the kernel for a moment, in a folder that nobody else knows. What is open of it may stay open. WeirError('system') where it is refused. */
export function withOwnMount<T>(type: 'cgroup2' | 'tracefs', use: (folder: string) => T): T {
  const kernel = needKernel();
  const folder = mkdtempSync(join(tmpdir(), `weir-${type}-`));
  const target = zeroEnded(folder);
  const name = zeroEnded(type);
  try {
    if (kernel.mount(name, target, name, 0, null) < 0) throw callError(kernel, `mounting ${type}`);
    try {
      return use(folder);
    } finally {
      // Out of sight at once, and gone with the last that has something of it open.
      kernel.umount2(target, MNT_DETACH);
    }
  } finally {
    rmdirSync(folder);
  }
}

function zeroEnded(text: string): Uint8Array {
  const bytes = Buffer.from(text);
  const memory = kernelMemory(bytes.length + 1);
  memory.set(bytes);
  return memory;
}
