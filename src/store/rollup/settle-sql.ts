import { CUBES, HOSTS_ID, LEVELS, type Level } from './cubes.ts';
import { FIGURE_COLUMNS, figureType, PLACE_COLUMNS } from './file-columns.ts';
import { FLOOR_COLUMNS, KNOWN_COLUMNS, PEAK_COLUMNS, SUM_COLUMNS, VARIANCE_COLUMNS } from './history-columns.ts';
import { filesSql, within } from './history-sql.ts';
import type { Piece, Rows } from './settle-pieces.ts';

const KEYS = PLACE_COLUMNS.filter((name) => name !== 'time');
const ADDED: readonly string[] = [...SUM_COLUMNS, ...VARIANCE_COLUMNS, ...FLOOR_COLUMNS, ...KNOWN_COLUMNS];
const PEAKS: readonly string[] = PEAK_COLUMNS;
/** What a peak is the largest of, in rows of a minute. */
const METRICS = ['bytes', 'packets', 'flows'] as const;

/** Rows of a file as they are, sketches too. */
export function keptSql(directory: string, { files, ranges }: Rows, piece: Piece): string {
  return `SELECT ${[...PLACE_COLUMNS, ...FIGURE_COLUMNS, 'sketch'].join(', ')} FROM ${filesSql(directory, files)} WHERE ${cubesOf(piece)} AND ${within(ranges)}`;
}

/** Sketches of hosts as base64 text, by the bucket of a level that they belong to. */
export function sketchesSql(directory: string, level: Level, rows: readonly Rows[]): string {
  const width = Math.max(level, LEVELS[1]);
  return rows
    .map(
      ({ files, ranges }) =>
        `SELECT time - time % ${width}, k0, k1, t0, to_base64(sketch) FROM ${filesSql(directory, files)} WHERE cube = ${HOSTS_ID} AND ${within(ranges)}`,
    )
    .join(' UNION ALL ');
}

/**
 * Rows of a level out of finer ones (and of its own, where late rows come to what is there): sums by bucket and key, the largest minute, and no more keys in a bucket than
 * the cube may have at this level.
 *
 * Of a bucket with too many keys those with the smallest score leave (share of its bytes and share of its flows, added). What left goes into `rest`. A key that
 * left had up to its sum and its own possible miss, which is `floor - known`: the floor rises by the most that `sum - known` of any of them is, so that it holds for
 * them too, and in the keys that stay `known` rises by as much, for whom nothing has changed.
 */
export function settledSql(directory: string, level: Level, rows: readonly Rows[], piece: Piece): string {
  const bounds = CUBES.map((cube) => `(${cube.id}, ${cube.bound[LEVELS.indexOf(level)]})`).join(', ');
  const raised = METRICS.map((m) => `greatest(0, max(${m} - known_${m})) AS raise_${m}`).join(', ');
  const stays = FIGURE_COLUMNS.map((name) =>
    isKnown(name) ? `r.${name} + raise_${metricOf(name)} AS ${name}` : `r.${name}`,
  );
  const others = FIGURE_COLUMNS.map((name) => {
    if (isKnown(name)) return `CAST(0 AS BIGINT) AS ${name}`;
    if (PEAKS.includes(name)) return `CAST(NULL AS BIGINT) AS ${name}`;
    if (isFloor(name))
      return `CAST(sum(CASE WHEN r.rest THEN r.${name} ELSE 0 END) + max(raise_${metricOf(name)}) AS BIGINT) AS ${name}`;
    return `${merged(name, `r.${name}`)} AS ${name}`;
  });
  const place = (rest: string, keys: (name: string) => string) =>
    PLACE_COLUMNS.map((name) =>
      name === 'rest' ? rest : name === 'cube' || name === 'time' ? `r.${name}` : keys(name),
    ).join(', ');
  const noKey = (name: string) => (name.startsWith('t') ? `'' AS ${name}` : `CAST(0 AS UBIGINT) AS ${name}`);
  const columns = [...PLACE_COLUMNS, ...FIGURE_COLUMNS].join(', ');
  return `
    WITH level_rows AS MATERIALIZED (${bucketSql(directory, level, rows, piece)}),
    crowded AS MATERIALIZED (
      SELECT cube, time, any_value(most) AS most, sum(CAST(bytes AS DOUBLE)) AS all_bytes, sum(CAST(flows AS DOUBLE)) AS all_flows
      FROM level_rows JOIN (VALUES ${bounds}) AS bound(cube, most) USING (cube)
      GROUP BY cube, time HAVING count(*) FILTER (WHERE NOT rest) > any_value(most)),
    ranked AS MATERIALIZED (
      SELECT r.*, most, CASE WHEN rest THEN 0 ELSE row_number() OVER (PARTITION BY cube, time, rest
        ORDER BY bytes / greatest(all_bytes, 1) + flows / greatest(all_flows, 1) DESC, k0, k1, k2, t0, t1) END AS rank
      FROM level_rows AS r JOIN crowded USING (cube, time)),
    raised AS MATERIALIZED (SELECT cube, time, ${raised} FROM ranked WHERE rank > most GROUP BY cube, time)
    SELECT ${columns}, CAST(NULL AS BLOB) AS sketch FROM (
      SELECT ${columns} FROM level_rows ANTI JOIN crowded USING (cube, time)
      UNION ALL SELECT ${place('r.rest', (name) => `r.${name}`)}, ${stays.join(', ')} FROM ranked AS r JOIN raised USING (cube, time) WHERE NOT r.rest AND rank <= most
      UNION ALL SELECT ${place('true AS rest', noKey)}, ${others.join(', ')} FROM ranked AS r JOIN raised USING (cube, time) WHERE r.rest OR rank > most GROUP BY r.cube, r.time)`;
}

/** Sums by bucket and key. */
function bucketSql(directory: string, level: Level, rows: readonly Rows[], piece: Piece): string {
  const parts = rows.map(({ files, ranges }) => {
    const items = FIGURE_COLUMNS.map((name) => {
      if (!PEAKS.includes(name)) return name;
      if (level === LEVELS[0]) return `CAST(NULL AS BIGINT) AS ${name}`;
      return files[0]!.level === LEVELS[0] ? `${metricOf(name)} AS ${name}` : name;
    });
    return `SELECT ${PLACE_COLUMNS.join(', ')}, ${items.join(', ')} FROM ${filesSql(directory, files)} WHERE cube <> ${HOSTS_ID} AND ${cubesOf(piece)} AND ${within(ranges)}`;
  });
  const figures = FIGURE_COLUMNS.map((name) => `${merged(name, name)} AS ${name}`);
  return `SELECT cube, time - time % ${level} AS time, ${KEYS.filter((k) => k !== 'cube').join(', ')}, ${figures.join(', ')}
    FROM (${parts.join(' UNION ALL ')}) GROUP BY cube, time - time % ${level}, ${KEYS.filter((k) => k !== 'cube').join(', ')}`;
}

function cubesOf({ firstCube, lastCube }: Piece): string {
  return `cube >= ${firstCube} AND cube <= ${lastCube}`;
}

/** How a figure of several rows becomes that of one. */
function merged(name: string, column: string): string {
  if (PEAKS.includes(name)) return `CASE WHEN rest THEN NULL ELSE max(${column}) END`;
  if (ADDED.includes(name)) return `CAST(sum(${column}) AS ${figureType(name)})`;
  return { min_rate: `min(${column})`, max_rate: `max(${column})`, origins: `bit_or(${column})` }[name]!;
}

function isFloor(name: string): boolean {
  return (FLOOR_COLUMNS as readonly string[]).includes(name);
}

function isKnown(name: string): boolean {
  return (KNOWN_COLUMNS as readonly string[]).includes(name);
}

/** `bytes` of `peak_bytes`, `floor_bytes` and `known_bytes`. */
function metricOf(name: string): string {
  return name.slice(name.indexOf('_') + 1);
}
