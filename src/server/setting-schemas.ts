import { z } from 'zod';
import { parsePrefix } from '../flow/index.ts';
import type { MeterSettings } from '../ingest/index.ts';
import { type ListenAddress, parseListenAddress } from './listen-address.ts';
import { formatBytes, formatDuration, parseBytes, parseDuration } from './units.ts';

/** Schemas of settings: they read YAML scalars and, from flags and the environment, text. Each has one error: what was expected. */

/** A schema that turns a scalar into a value with `read`, or complains with `expected`. */
export function scalar<T>(expected: string, read: (text: string) => T | null): z.ZodType<T> {
  return z
    .union([z.string(), z.number(), z.boolean()], { error: () => `expected ${expected}` })
    .transform((value, ctx) => {
      const result = read(String(value));
      if (result !== null) return result;
      ctx.addIssue({ code: 'custom', message: `expected ${expected}` });
      return z.NEVER;
    });
}

export const bytes = (min: number, max = 2 ** 53) =>
  scalar(`bytes such as 64M or 1GiB, at least ${formatBytes(min)}`, (t) => within(parseBytes(t), min, max));

export const duration = (example: string, min: number) =>
  scalar(`a duration with its unit such as ${example}, at least ${formatDuration(min)}`, (t) =>
    within(parseDuration(t), min, 1e14),
  );

/** As `duration`; `none` or `off` is null. */
export const durationOrNone = (example: string, min: number) =>
  scalar<number | 'none'>(
    `a duration with its unit such as ${example}, at least ${formatDuration(min)}, or none`,
    (t) => (/^(none|off)$/i.test(t) ? 'none' : within(parseDuration(t), min, 1e14)),
  ).transform((v) => (v === 'none' ? null : v));

export const integer = (min: number, max: number) =>
  scalar(`a whole number from ${min} to ${max}`, (t) => (/^\d+$/.test(t) ? within(Number(t), min, max) : null));

/** A part of a whole in percent, below 95; none is 0. */
export const share = scalar('a percentage such as 10%, below 95%, or none', (t) => {
  if (/^(none|off|false)$/i.test(t)) return 0;
  const percent = /^(\d{1,2}(?:\.\d+)?)\s*%$/.exec(t)?.[1];
  return percent === undefined ? null : within(Number(percent) / 100, 0, 0.95);
});

export function within(value: number | null, min: number, max: number): number | null {
  return value !== null && value >= min && value <= max ? value : null;
}

export const text = (expected: string) => scalar(expected, (t) => (t.length > 0 ? t : null));

export const word = <T extends string>(...words: readonly T[]) =>
  scalar<T>(words.join(' or '), (t) => words.find((w) => w === t) ?? null);

/** Sockets can be turned off: `off`, or `false` in YAML. With `on`, `true` or the flag alone opens that one. */
export const listener = (example: string, on?: ListenAddress) =>
  scalar<ListenAddress | null | 'off'>(`ADDRESS:PORT such as ${example}, or off`, (t) => {
    if (/^(off|false|no)$/i.test(t)) return 'off';
    if (on && /^(on|true|yes)$/i.test(t)) return on;
    return parseListenAddress(t);
  }).transform((v) => (v === 'off' ? null : v));

/** A YAML list, or text with commas. */
export function list<T>(expected: string, read: (item: string) => T | null): z.ZodType<readonly T[]> {
  return z.union([z.string(), z.array(z.string())], { error: () => `expected ${expected}` }).transform((value, ctx) => {
    const items = (typeof value === 'string' ? value.split(',') : value).map((s) => s.trim()).filter((s) => s !== '');
    return items.map((item) => {
      const result = read(item);
      if (result !== null) return result;
      ctx.addIssue({ code: 'custom', message: `expected ${expected}; "${item}" is not` });
      return z.NEVER;
    });
  });
}

/** Which of the captured packets are metered. */
export type CaptureSampling = Required<Pick<MeterSettings, 'sampling' | 'samplingMethod'>>;

/** `100`, `random:100`, `flow:100`, or `none`. */
export const captureSampling = scalar<CaptureSampling>(
  'N, random:N or flow:N with N from 1 to 1000000, or none',
  (t) => {
    const m = /^(?:(random|flow):)?(\d+)$/i.exec(/^none$/i.test(t) ? '1' : t);
    const sampling = m && within(Number(m[2]), 1, 1_000_000);
    if (!m || sampling === null) return null;
    return { sampling, samplingMethod: (m[1]?.toLowerCase() ?? 'systematic') as CaptureSampling['samplingMethod'] };
  },
);

/** Prefixes that say the same, however they are written, have the same key. */
export function prefixKey(prefix: string): string {
  const { address, bits } = parsePrefix(prefix)!;
  return `${address.join()}/${bits}`;
}
