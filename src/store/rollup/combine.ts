import { Combiner } from './combiner.ts';
import type { CubeRows } from './cube-rows.ts';
import { JointCombiner } from './joint-combiner.ts';

interface Combined {
  /** Of few values together. */
  readonly dimensions: readonly string[];
  /** Cubes that follow from them. */
  readonly cubes: readonly string[];
}

/** What is spoken, and between which parts of the network: a few hundred combinations of all of these are most of what a network has. */
const JOINED: readonly Combined[] = [
  {
    dimensions: ['direction', 'sampling_origin', 'src_site', 'dst_site', 'category'],
    cubes: ['sampling_origin', 'direction', 'site', 'category', 'category-direction-site', 'site-pair'],
  },
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
  { dimensions: ['protocol', 'service_port'], cubes: ['protocol', 'service_port', 'protocol-service_port'] },
  { dimensions: ['reach', 'security'], cubes: ['reach', 'security'] },
];

const COMBINED: readonly Combined[] = [
  { dimensions: ['direction', 'subnet'], cubes: ['subnet', 'subnet-direction'] },
  { dimensions: ['exporter', 'in_if', 'out_if'], cubes: ['exporter', 'exporter-input', 'exporter-output'] },
  { dimensions: ['src_as', 'dst_as'], cubes: ['src_as', 'dst_as', 'as-pair'] },
  {
    dimensions: ['direction', 'src_as', 'src_peer_as', 'src_country'],
    cubes: ['src_peer_as', 'source-system', 'src_country-direction'],
  },
  {
    dimensions: ['direction', 'dst_as', 'dst_peer_as', 'dst_country'],
    cubes: ['dst_peer_as', 'destination-system', 'dst_country-direction'],
  },
];

/** Combiners of the cubes that have one, and the other cubes, which need a look at each row. */
export function combine(
  cubes: readonly CubeRows[],
  seed: number,
): { combiners: (Combiner | JointCombiner)[]; others: CubeRows[] } {
  const combiner = ({ dimensions, cubes: names }: Combined) =>
    new Combiner(
      dimensions,
      cubes.filter(({ cube }) => names.includes(cube.name)),
      seed,
    );
  const joint = new JointCombiner(JOINED.map(combiner), seed);
  const combined = [...JOINED, ...COMBINED].flatMap((group) => group.cubes);
  return {
    combiners: [joint, ...COMBINED.map(combiner)],
    others: cubes.filter(({ cube }) => !combined.includes(cube.name)),
  };
}
