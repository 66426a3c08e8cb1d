// Shared by the benchmarks that make flows themselves: the same numbers in every run.

/** xorshift. */
let state = 42;
export function random() {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) / 4_294_967_296;
}

/** Below n: few often, many seldom. */
export const zipf = (n) => Math.min(n - 1, Math.floor(n ** random()) - 1);

/** Columns that their flows have. */
export const COLUMNS = [
  'start',
  'end',
  'received',
  'time',
  'src_addr',
  'dst_addr',
  'src_port',
  'dst_port',
  'protocol',
  'raw_bytes',
  'raw_packets',
  'sampling',
  'sampling_origin',
  'exporter',
  'in_if',
  'out_if',
  'src_as',
  'dst_as',
  'direction',
  'src_site',
  'dst_site',
  'continued',
];
