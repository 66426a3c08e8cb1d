import { plural } from '../base/index.ts';

/** Numbers as people read them. Machines get the plain ones (csv, json, jsonl). */

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** Three significant digits and a decimal prefix: `1.23 MB`, `999 B`, `12.3 Mbit/s`. */
export function withPrefix(value: number, unit: string): string {
  if (!Number.isFinite(value)) return '-';
  let scaled = Math.abs(value);
  let step = 0;
  // 999.5 would be rounded to 1000: that is one of the next prefix.
  while (scaled >= 999.5 && step < PREFIXES.length - 1) {
    scaled /= 1000;
    step += 1;
  }
  const whole = step === 0 && Number.isInteger(scaled);
  const digits = whole || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
  return `${value < 0 ? '-' : ''}${scaled.toFixed(digits)} ${PREFIXES[step]}${unit}`;
}

/** Counts in full, in groups of three: `1,234,567`. */
export function grouped(value: number): string {
  if (!Number.isInteger(value)) return value.toFixed(Math.abs(value) >= 100 ? 1 : 3);
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `1 packet`, `1,234 packets`. */
export function counted(n: number, one: string, many?: string): string {
  return `${grouped(n)} ${plural(n, one, many)}`;
}

/** A figure that was measured, of which three digits mean something: `1,490,000`. */
export function about(value: number): string {
  return grouped(Math.round(Number(value.toPrecision(3))));
}

/** A time that is measured in microseconds, of which three digits mean something: `0.026 ms`, `12.3 ms`, `1.52 s`. */
export function milliseconds(ms: number): string {
  if (ms >= 999.5) return withPrefix(ms / 1_000, 's');
  const digits = ms >= 99.95 ? 0 : ms >= 9.995 ? 1 : ms >= 0.9995 ? 2 : 3;
  return `${ms.toFixed(digits)} ms`;
}

/** A span of time: `1.5 s`, `12 ms`, `3 min 20 s`, `2 h 5 min`. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  const parts: [string, number][] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ];
  let rest = Math.round(ms / 1_000) * 1_000;
  const words: string[] = [];
  for (const [name, size] of parts) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n > 0 && words.length < 2) words.push(`${n} ${name}`);
  }
  return words.join(' ');
}
