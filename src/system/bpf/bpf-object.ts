import { asWeirError, type WeirError } from '../../base/index.ts';
import { BpfCall } from './bpf-call.ts';
import { BpfBatch, BpfMap } from './bpf-map.ts';
import { type AttachedProgram, attachProgram, tracedType } from './bpf-program.ts';
import type { BpfObjectCode } from './elf-object.ts';
import { kernelTypeIds } from './kernel-types.ts';
import { BpfRingBuffer } from './ring-buffer.ts';

export interface BpfObjectOptions {
  /** Names of the maps to make, with how many entries where it is not what the object says. */
  readonly maps: ReadonlyMap<string, number | null>;
  /** An open folder of a file system of type cgroup2; absent where no program is attached to one. */
  readonly cgroup?: number;
}

/** Maps and programs of an object in the kernel. All of it goes with this process, also when it is killed. */
export class BpfObject {
  private readonly call = new BpfCall();
  private readonly code: BpfObjectCode;
  private readonly cgroup: number;
  private readonly maps = new Map<string, BpfMap>();
  private readonly fds = new Map<string, number>();
  private readonly rings: BpfRingBuffer[] = [];
  private readonly attached: AttachedProgram[] = [];
  private typeIds: ReadonlyMap<string, number> | undefined;

  /** Makes the maps; WeirError('system') where they are refused, 'unsupported' where there are no calls. */
  constructor(code: BpfObjectCode, options: BpfObjectOptions) {
    this.code = code;
    this.cgroup = options.cgroup ?? -1;
    this.call.liftMemoryLimit();
    try {
      for (const [name, entries] of options.maps) {
        const definition = code.maps.get(name)!;
        const map = new BpfMap(this.call, name, entries === null ? definition : { ...definition, entries });
        this.maps.set(name, map);
        this.fds.set(name, map.fd);
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  map(name: string): BpfMap {
    return this.maps.get(name)!;
  }

  batch(name: string): BpfBatch {
    return new BpfBatch(this.call, this.map(name));
  }

  /** Closed with the rest. */
  ring(name: string): BpfRingBuffer {
    const ring = new BpfRingBuffer(this.call, this.map(name));
    this.rings.push(ring);
    return ring;
  }

  /** Loads and attaches a program of the object; WeirError('system') with what the verifier said. */
  attach(name: string): void {
    const program = this.code.programs.find((one) => one.name === name)!;
    const type = tracedType(program.section);
    const target = { cgroup: this.cgroup, typeId: type === null ? 0 : this.typeId(type) };
    this.attached.push(attachProgram(this.call, program, this.code.license, this.fds, target));
  }

  /** The same; the error in place of throwing it. */
  tryAttach(name: string): WeirError | null {
    try {
      this.attach(name);
      return null;
    } catch (error) {
      return asWeirError(error);
    }
  }

  close(): void {
    for (const program of this.attached.splice(0)) program.detach();
    for (const ring of this.rings.splice(0)) ring.close();
    for (const map of this.maps.values()) map.close();
    this.maps.clear();
  }

  /** 0, which the kernel refuses, where it does not say. */
  private typeId(type: string): number {
    this.typeIds ??= kernelTypeIds(
      this.code.programs.map(({ section }) => tracedType(section)).filter((wanted) => wanted !== null),
    );
    return this.typeIds.get(type) ?? 0;
  }
}
