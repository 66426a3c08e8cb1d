import { readFileSync } from 'node:fs';
import { callError, ERRNO } from '../kernel.ts';
import { BPF, type BpfCall, kernelMemory } from './bpf-call.ts';
import type { BpfMapDefinition } from './elf-object.ts';

const BPF_MAP_TYPE_PERCPU_ARRAY = 6;
/** Keys and values of so many entries are read by one call. */
const BATCH = 4096;
/** The kernel fills a batch with whole buckets of a hash table: one that does not fit is ENOSPC. */
const MAP_CREATE_BYTES = 44;
const MAP_ELEMENT_BYTES = 32;
const MAP_BATCH_BYTES = 56;

/** A map in the kernel. It lives for as long as someone has it open, a program or this process. */
export class BpfMap {
  readonly fd: number;
  readonly definition: BpfMapDefinition;
  private readonly call: BpfCall;
  private readonly key: Uint8Array;
  private readonly value: Uint8Array;
  private readonly keyAt: bigint;
  private readonly valueAt: bigint;

  constructor(call: BpfCall, name: string, definition: BpfMapDefinition) {
    this.call = call;
    this.definition = definition;
    this.key = kernelMemory(definition.keyBytes);
    // The kernel gives a value for each processor there may be, each rounded up to 8 bytes: too little room would be overwritten.
    const perCpu = definition.type === BPF_MAP_TYPE_PERCPU_ARRAY;
    this.value = kernelMemory(
      perCpu ? Math.ceil(definition.valueBytes / 8) * 8 * possibleCpus() : definition.valueBytes,
    );
    this.keyAt = call.addressOf(this.key);
    this.valueAt = call.addressOf(this.value);
    call.begin();
    call.number(0, definition.type);
    call.number(4, definition.keyBytes);
    call.number(8, definition.valueBytes);
    call.number(12, definition.entries);
    call.number(16, definition.flags);
    call.name(28, name);
    this.fd = call.need(BPF.mapCreate, MAP_CREATE_BYTES, `BPF map ${name}`);
  }

  /** Where a key is to be written for the next look-up. */
  get keyBytes(): Uint8Array {
    return this.key;
  }

  /** Where a value is to be written that is put. */
  get valueBytes(): Uint8Array {
    return this.value;
  }

  /** The key in `keyBytes` has the value in `valueBytes` from now on. */
  put(): void {
    this.element();
    this.call.need(BPF.mapUpdate, MAP_ELEMENT_BYTES, 'writing to a BPF map');
  }

  /** The value of the key in `keyBytes`, of all processors one after the other; null where there is none. The same memory each time. */
  lookup(): Uint8Array | null {
    const { call } = this;
    this.element();
    if (call.run(BPF.mapLookup, MAP_ELEMENT_BYTES) === 0) return this.value;
    if (call.kernel.errno() === ERRNO.ENOENT) return null;
    throw callError(call.kernel, 'look-up in a BPF map');
  }

  close(): void {
    this.call.close(this.fd);
  }

  private element(): void {
    const { call } = this;
    call.begin();
    call.number(0, this.fd);
    call.address(8, this.keyAt);
    call.address(16, this.valueAt);
  }
}

/** Reads whole maps and removes keys, many by one call. */
export class BpfBatch {
  readonly keys: Uint8Array;
  readonly values: Uint8Array;
  private readonly call: BpfCall;
  private readonly map: BpfMap;
  private readonly cursors = [kernelMemory(8), kernelMemory(8)] as const;
  private readonly keysAt: bigint;
  private readonly valuesAt: bigint;
  private readonly cursorsAt: readonly [bigint, bigint];

  constructor(call: BpfCall, map: BpfMap) {
    this.call = call;
    this.map = map;
    const entries = Math.min(BATCH, map.definition.entries);
    this.keys = kernelMemory(entries * map.definition.keyBytes);
    this.values = kernelMemory(entries * map.definition.valueBytes);
    this.keysAt = call.addressOf(this.keys);
    this.valuesAt = call.addressOf(this.values);
    this.cursorsAt = [call.addressOf(this.cursors[0]), call.addressOf(this.cursors[1])];
  }

  /** How many keys can be removed by one call. */
  get room(): number {
    return this.keys.length / this.map.definition.keyBytes;
  }

  /** Calls `each` with how many entries stand in `keys` and `values`, until all were read. An entry may be missed or come twice if it changes place. */
  read(each: (count: number) => void): void {
    const { call } = this;
    let cursor: 0 | 1 = 0;
    for (let first = true; ; first = false) {
      call.begin();
      if (!first) call.address(0, this.cursorsAt[cursor]);
      call.address(8, this.cursorsAt[cursor === 0 ? 1 : 0]);
      call.address(16, this.keysAt);
      call.address(24, this.valuesAt);
      call.number(32, this.room);
      call.number(36, this.map.fd);
      const ended = call.run(BPF.mapLookupBatch, MAP_BATCH_BYTES) < 0;
      if (ended && call.kernel.errno() !== ERRNO.ENOENT) throw callError(call.kernel, 'reading a BPF map');
      const count = call.answer(32);
      if (count > 0) each(count);
      if (ended) return;
      cursor = cursor === 0 ? 1 : 0;
    }
  }

  /** Removes the first `count` of `keys`. Keys that are not there are no error. */
  remove(count: number): void {
    const { call, map } = this;
    const { keyBytes } = map.definition;
    // A key that is not there ends the call: the rest is removed by the next one.
    for (let done = 0; done < count; ) {
      call.begin();
      call.address(16, this.keysAt + BigInt(done * keyBytes));
      call.number(32, count - done);
      call.number(36, map.fd);
      const failed = call.run(BPF.mapDeleteBatch, MAP_BATCH_BYTES) < 0;
      if (failed && call.kernel.errno() !== ERRNO.ENOENT) throw callError(call.kernel, 'removing from a BPF map');
      done += call.answer(32) + (failed ? 1 : 0);
    }
  }
}

/** Processors that the kernel has room for, as `0-3` or `0-1,4`: the numbers are those of the last one and all before. */
function possibleCpus(): number {
  const list = readFileSync('/sys/devices/system/cpu/possible', 'latin1').trim();
  return Math.max(...list.split(/[-,]/).map(Number)) + 1;
}
