import type { FilterNode } from '../../filter/index.ts';
import type { TimeWindows } from './time-windows.ts';

/** Ends of a flow that a rule can name: `src` and `dst` as its filter is written, `local` the end of this host's socket. */
export const ENDS = ['src', 'dst', 'local', 'remote'] as const;
export type End = (typeof ENDS)[number];

/** Columns that a rule can take out, or put a pseudonym in where they are texts: they say who, with what, or on which machine. */
export const REMOVABLE = [
  'pid',
  'process',
  'executable',
  'parent',
  'app',
  'container',
  'vm',
  'user',
  'server_name',
  'host',
  'src_mac',
  'dst_mac',
  'src_nat_addr',
  'dst_nat_addr',
] as const;
export type Removable = (typeof REMOVABLE)[number];

/** What `process_detail` stands for. */
export const PROCESS_DETAIL: readonly Removable[] = ['pid', 'process', 'executable', 'parent', 'app'];

export type Action =
  | { readonly kind: 'drop' }
  /** What earlier rules did stays, and no later rule is applied. */
  | { readonly kind: 'keep' }
  /** Bits that are kept. */
  | { readonly kind: 'truncate'; readonly ends: readonly End[]; readonly ipv4: number; readonly ipv6: number }
  | { readonly kind: 'pseudonymise'; readonly ends: readonly End[]; readonly columns: readonly Removable[] }
  | { readonly kind: 'remove'; readonly columns: readonly Removable[] };

/** One rule as the file has it, read. */
export interface PolicyRule {
  readonly name: string;
  readonly match: FilterNode;
  /** The filter as it is written. */
  readonly filter: string;
  /** The rule holds for what comes back as well: its filter with source and destination exchanged. */
  readonly bothDirections: boolean;
  readonly time: TimeWindows | null;
  /** Place of its tier in the list: it is applied on systems of this tier and of those that are trusted less; null: on all. */
  readonly tier: number | null;
  readonly actions: readonly Action[];
}

interface PolicyTier {
  readonly name: string;
  /** Names of hosts, where * stands for any characters. */
  readonly hosts: readonly string[];
}

/** A policy file, read. */
export interface PolicyFile {
  /** The most trusted first; the last one is also of all hosts that none names. */
  readonly tiers: readonly PolicyTier[];
  readonly rules: readonly PolicyRule[];
  /** Path of the key of pseudonyms; null: where the caller keeps it. */
  readonly key: string | null;
}

/** Whether its rules need the key of pseudonyms. */
export function needsKey({ rules }: PolicyFile): boolean {
  return rules.some((rule) => rule.actions.some((action) => action.kind === 'pseudonymise'));
}
