import { WeirError } from '../../base/index.ts';

/** A map as an object asks for it: `struct map_definition` of src/host/bpf/definitions.bpf.h. */
export interface BpfMapDefinition {
  readonly type: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly entries: number;
  readonly flags: number;
}

export interface BpfProgramCode {
  readonly name: string;
  /** Says what it is attached to, as libbpf has it: `cgroup/connect4`. */
  readonly section: string;
  /** Of 8 bytes each, before maps are put in. */
  readonly instructions: Uint8Array;
  /** Where, in bytes, an instruction wants a map, and the name of the map. */
  readonly maps: readonly { readonly at: number; readonly name: string }[];
}

export interface BpfObjectCode {
  readonly license: string;
  readonly maps: ReadonlyMap<string, BpfMapDefinition>;
  readonly programs: readonly BpfProgramCode[];
}

/** ELF-64, System V ABI chapter 4; machine 247 is EM_BPF. */
const EM_BPF = 247;
const SHT_SYMTAB = 2;
const SHT_REL = 9;
const STT_FUNC = 2;
const SECTION_HEADER_BYTES = 64;
const SYMBOL_BYTES = 24;
const RELOCATION_BYTES = 16;

interface Section {
  readonly name: string;
  readonly type: number;
  readonly at: number;
  readonly size: number;
  readonly link: number;
  readonly info: number;
}

interface ElfSymbol {
  readonly name: string;
  readonly type: number;
  readonly section: number;
  readonly value: number;
  readonly size: number;
}

/** Maps and programs of an object that clang made for `-target bpfel`; WeirError('corrupt') for anything else. */
export function readBpfObject(bytes: Uint8Array): BpfObjectCode {
  try {
    return read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch (cause) {
    throw new WeirError('corrupt', 'this is not a BPF object', { cause });
  }
}

function read(elf: Buffer): BpfObjectCode {
  if (elf.readUInt32BE(0) !== 0x7f454c46 || elf[4] !== 2 || elf[5] !== 1 || elf.readUInt16LE(18) !== EM_BPF)
    throw new WeirError('corrupt', 'no 64-bit little-endian ELF file for BPF');
  const sections = readSections(elf);
  const symbols = readSymbols(elf, sections);
  const license = sections.find((section) => section.name === 'license');
  return {
    license: license ? text(elf, license.at) : '',
    maps: readMaps(elf, sections, symbols),
    programs: readPrograms(elf, sections, symbols),
  };
}

function readSections(elf: Buffer): Section[] {
  const table = number64(elf, 40);
  const count = elf.readUInt16LE(60);
  const headers = Array.from({ length: count }, (_, i) => table + i * SECTION_HEADER_BYTES);
  const names = number64(elf, headers[elf.readUInt16LE(62)]! + 24);
  return headers.map((at) => ({
    name: text(elf, names + elf.readUInt32LE(at)),
    type: elf.readUInt32LE(at + 4),
    at: number64(elf, at + 24),
    size: number64(elf, at + 32),
    link: elf.readUInt32LE(at + 40),
    info: elf.readUInt32LE(at + 44),
  }));
}

function readSymbols(elf: Buffer, sections: readonly Section[]): ElfSymbol[] {
  const table = sections.find(({ type }) => type === SHT_SYMTAB)!;
  const names = sections[table.link]!.at;
  return Array.from({ length: table.size / SYMBOL_BYTES }, (_, i) => {
    const at = table.at + i * SYMBOL_BYTES;
    return {
      name: text(elf, names + elf.readUInt32LE(at)),
      type: elf.readUInt8(at + 4) & 0x0f,
      section: elf.readUInt16LE(at + 6),
      value: number64(elf, at + 8),
      size: number64(elf, at + 16),
    };
  });
}

function readMaps(elf: Buffer, sections: readonly Section[], symbols: readonly ElfSymbol[]) {
  const index = sections.findIndex(({ name }) => name === 'maps');
  const found = new Map<string, BpfMapDefinition>();
  for (const { name, section, value } of symbols) {
    if (section !== index || name === '') continue;
    const at = sections[index]!.at + value;
    const [type, keyBytes, valueBytes, entries, flags] = [0, 4, 8, 12, 16].map((to) => elf.readUInt32LE(at + to));
    found.set(name, { type: type!, keyBytes: keyBytes!, valueBytes: valueBytes!, entries: entries!, flags: flags! });
  }
  return found;
}

function readPrograms(elf: Buffer, sections: readonly Section[], symbols: readonly ElfSymbol[]): BpfProgramCode[] {
  const programs = symbols.filter(({ type }) => type === STT_FUNC);
  return programs.map(({ name, section: index, value, size }) => {
    const section = sections[index]!;
    const at = section.at + value;
    const relocations = sections.find(({ type, info }) => type === SHT_REL && info === index);
    const maps = relocations ? mapUses(elf, relocations, symbols) : [];
    return {
      name,
      section: section.name,
      instructions: new Uint8Array(elf.subarray(at, at + size)),
      maps: maps
        .filter((use) => use.at >= value && use.at < value + size)
        .map((use) => ({ ...use, at: use.at - value })),
    };
  });
}

function mapUses(elf: Buffer, relocations: Section, symbols: readonly ElfSymbol[]): { at: number; name: string }[] {
  return Array.from({ length: relocations.size / RELOCATION_BYTES }, (_, i) => {
    const at = relocations.at + i * RELOCATION_BYTES;
    return { at: number64(elf, at), name: symbols[elf.readUInt32LE(at + 12)]!.name };
  });
}

function number64(elf: Buffer, at: number): number {
  return Number(elf.readBigUInt64LE(at));
}

function text(elf: Buffer, at: number): string {
  return elf.toString('latin1', at, elf.indexOf(0, at));
}
