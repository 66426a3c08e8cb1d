import type { BlockKeys } from './block-keys.ts';
import type { CubeRows } from './cube-rows.ts';
import type { Figures } from './figures.ts';
import { KeyTable } from './key-table.ts';
import { BLOCK, type RowBlock } from './row-block.ts';

/** Groups of rows that are held before the cubes get them: pairs of systems of a busy router fit. */
const CAPACITY = 16_384;

/** Dimensions of few values together, and the cubes that follow from them. */
const COMBINED: readonly { readonly dimensions: readonly string[]; readonly cubes: readonly string[] }[] = [
  {
    dimensions: ['direction', 'sampling_origin', 'src_site', 'dst_site', 'category'],
    cubes: ['sampling_origin', 'direction', 'site', 'category', 'category-direction-site', 'site-pair'],
  },
  { dimensions: ['direction', 'subnet'], cubes: ['subnet', 'subnet-direction'] },
  { dimensions: ['exporter', 'in_if', 'out_if'], cubes: ['exporter', 'exporter-input', 'exporter-output'] },
  { dimensions: ['protocol', 'service_port'], cubes: ['protocol', 'service_port', 'protocol-service_port'] },
  { dimensions: ['src_as', 'dst_as'], cubes: ['src_as', 'dst_as', 'as-pair'] },
  {
    dimensions: ['application_evidence', 'direction', 'application', 'service', 'category'],
    cubes: [
      'application',
      'application-evidence-direction',
      'service-direction',
      'application-service-direction',
      'category-evidence-direction',
    ],
  },
  {
    dimensions: ['direction', 'src_as', 'src_peer_as', 'src_country'],
    cubes: ['src_peer_as', 'source-system', 'src_country-direction'],
  },
  {
    dimensions: ['direction', 'dst_as', 'dst_peer_as', 'dst_country'],
    cubes: ['dst_peer_as', 'destination-system', 'dst_country-direction'],
  },
  { dimensions: ['reach', 'security'], cubes: ['reach', 'security'] },
];

/**
 * Rows that are alike in the dimensions of several cubes are added up once, and their sums are added to these cubes when there is no more room for such groups,
 * or the delta is taken: the same sums, for a fraction of the work where rows are many and groups are few.
 */
export class Combiner {
  private readonly groups: KeyTable;
  private readonly cubes: readonly CubeRows[];
  private readonly minute = new Uint16Array(BLOCK);

  constructor(dimensions: readonly string[], cubes: readonly CubeRows[], seed: number) {
    this.groups = new KeyTable(dimensions, CAPACITY, seed);
    this.cubes = cubes;
  }

  beginSampled(): void {
    this.groups.table.beginSampled();
  }

  /** Room for `more` groups. False when a cube has no room for those that gave way: the delta must be taken. */
  makeRoom(more: number, keys: BlockKeys, totals: Figures): boolean {
    const { table } = this.groups;
    const drained = table.count + more <= CAPACITY || this.drain(keys, totals);
    table.growFor(more, CAPACITY);
    return drained;
  }

  /** Adds the rows of a block; there must be room for as many groups. */
  add(block: RowBlock, keys: BlockKeys): void {
    this.groups.add(block, keys);
  }

  /** Adds all groups to the cubes, with room made whatever their capacity; whether it was enough. `keys` is used for it. */
  drain(keys: BlockKeys, totals: Figures): boolean {
    const { groups, cubes, minute } = this;
    const { table } = groups;
    let enough = true;
    for (let first = 0; first < table.count; first += BLOCK) {
      const count = Math.min(BLOCK, table.count - first);
      keys.loadGroups(count);
      groups.readGroups(first, count, minute, keys);
      for (const cube of cubes) {
        if (!cube.forceRoom(count, totals)) enough = false;
        cube.keys.addGroups(count, minute, keys, table.figures, first);
      }
    }
    table.empty();
    return enough;
  }

  /** A delta begins. */
  clear(): void {
    this.groups.table.clear();
  }
}

/** Combiners of the cubes that have one, and the other cubes, which need a look at each row. */
export function combine(cubes: readonly CubeRows[], seed: number): { combiners: Combiner[]; others: CubeRows[] } {
  const combiners = COMBINED.map(({ dimensions, cubes: names }) => {
    const mine = cubes.filter(({ cube }) => names.includes(cube.name));
    return new Combiner(dimensions, mine, seed);
  });
  const combined = COMBINED.flatMap((group) => group.cubes);
  return { combiners, others: cubes.filter(({ cube }) => !combined.includes(cube.name)) };
}
