/** Amounts as people write them: `64M`, `1.5GiB`, `30s`, `90d`. Null where the text is not one. */

const BYTES: Record<string, number> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 1024,
  mi: 1024 ** 2,
  gi: 1024 ** 3,
  ti: 1024 ** 4,
};

/** Octets: decimal prefixes K M G T, binary ones Ki Mi Gi Ti, an optional B. */
export function parseBytes(text: string): number | null {
  const m = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?i?)b?\s*$/i.exec(text);
  const factor = m && BYTES[m[2]!.toLowerCase()];
  return m && factor ? Math.round(Number(m[1]) * factor) : null;
}

/** `1048576` as `1MiB`: in the unit of which it is the smallest whole number. */
export function formatBytes(bytes: number): string {
  let [best, name] = [bytes, ''];
  for (const [unit, factor] of Object.entries(BYTES)) {
    if (bytes % factor === 0 && bytes / factor < best)
      [best, name] = [bytes / factor, `${unit.charAt(0).toUpperCase()}${unit.slice(1)}B`];
  }
  return `${best}${name}`;
}

const DURATIONS: Record<string, number> = {
  ms: 1,
  s: 1e3,
  m: 60e3,
  min: 60e3,
  h: 3_600e3,
  d: 86_400e3,
  w: 7 * 86_400e3,
};

/** Milliseconds of `500ms`, `30s`, `5m`, `2h`, `7d`, `2w`, or several in a row: `1h30m`. */
export function parseDuration(text: string): number | null {
  const compact = text.replaceAll(/\s+/g, '').toLowerCase();
  if (!/^(\d+(\.\d+)?(ms|min|s|m|h|d|w))+$/.test(compact)) return null;
  let ms = 0;
  for (const m of compact.matchAll(/(\d+(?:\.\d+)?)(ms|min|s|m|h|d|w)/g)) ms += Number(m[1]) * DURATIONS[m[2]!]!;
  return Math.round(ms);
}

/** `90000` as `1m30s`: what parseDuration reads back. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  let rest = Math.round(ms / 1_000);
  let text = '';
  for (const [name, seconds] of [
    ['d', 86_400],
    ['h', 3_600],
    ['m', 60],
    ['s', 1],
  ] as const) {
    const n = Math.floor(rest / seconds);
    if (n > 0) text += `${n}${name}`;
    rest -= n * seconds;
  }
  return text;
}

/** The candidate that is nearest to a mistyped word, when one is near enough to be meant. */
export function nearestWord(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const d = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (d < bestDistance) [best, bestDistance] = [candidate, d];
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(swap, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}
