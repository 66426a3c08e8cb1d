import { existsSync, readFileSync } from 'node:fs';
import type { ExporterState } from '../truth/index.ts';
import { replaceFile } from './files.ts';

/** States that are kept; beyond it those seen longest ago go. */
const MOST = 20_000;
/** What they may take in all: forged exporters could name thousands of interfaces each. */
const MOST_BYTES = 48 << 20;
/** A stream that was silent for so long is told no more. */
const FORGET_MS = 30 * 86_400_000;

/** When only times, bursts or the latest of several rates have changed it is written this often. */
const REWRITE_MS = 60_000;

/** What the exporters say of themselves, in one file: it holds over restarts, and answers where no node runs. */
export class ExporterStates {
  private readonly path: string;
  private readonly states: Map<string, ExporterState>;
  private changed = false;
  private writtenMs = Number.NEGATIVE_INFINITY;

  constructor(path: string) {
    this.path = path;
    this.states = new Map(readExporterStates(path).map((s) => [keyOf(s), s]));
  }

  add(states: readonly ExporterState[]): void {
    for (const state of states) {
      const known = this.states.get(keyOf(state));
      this.changed ||= known === undefined || !saysTheSame(known, state);
      this.states.set(keyOf(state), earliest(known, state));
    }
  }

  /** Throws when the disk refuses; what was not written is tried again. */
  write(nowMs: number): void {
    if (this.states.size === 0) return;
    if (!this.changed && Math.abs(nowMs - this.writtenMs) < REWRITE_MS) return;
    for (const [key, s] of this.states) if (nowMs - s.last_seen > FORGET_MS) this.states.delete(key);
    const latest = [...this.states.values()].sort((a, b) => b.last_seen - a.last_seen);
    let left = MOST_BYTES;
    const kept = latest.filter((s, i) => {
      left -= bytesOf(s);
      return i < MOST && left >= 0;
    });
    this.states.clear();
    for (const s of kept) this.states.set(keyOf(s), s);
    replaceFile(this.path, JSON.stringify(kept));
    this.changed = false;
    this.writtenMs = nowMs;
  }
}

/** About what a state takes in the file. */
function bytesOf({ templates, interfaces }: ExporterState): number {
  return interfaces.reduce((sum, i) => sum + 80 + i.name.length + i.description.length, 400 + 70 * templates.length);
}

/** The states at rest; none where the file is missing or cannot be read: the exporters tell them again. */
export function readExporterStates(path: string): ExporterState[] {
  if (!existsSync(path)) return [];
  try {
    const list = JSON.parse(readFileSync(path, 'utf8')) as unknown;
    // Files of before know no agents.
    return Array.isArray(list) ? list.filter(isState).map((s) => ({ ...s, agent: s.agent ?? '' })) : [];
  } catch {
    return [];
  }
}

function isState(s: ExporterState | null): s is ExporterState {
  return (
    typeof s?.exporter === 'string' &&
    typeof s.last_seen === 'number' &&
    Array.isArray(s.templates) &&
    Array.isArray(s.interfaces)
  );
}

/** Apart from when it was seen, how much came at once, its latest rate (each port may have its own), and when its templates were told. */
function saysTheSame(a: ExporterState, b: ExporterState): boolean {
  return lasting(a) === lasting(b);
}

function lasting(state: ExporterState): string {
  const { first_seen, last_seen, burst_10ms, burst_100ms, sampling, templates, ...rest } = state;
  return JSON.stringify([rest, templates.map(({ id, options, fields }) => [id, options, fields])]);
}

/** A stream that came before this process did was seen before. */
function earliest(known: ExporterState | undefined, state: ExporterState): ExporterState {
  return known ? { ...state, first_seen: Math.min(known.first_seen, state.first_seen) } : state;
}

function keyOf({ exporter, agent, port, domain, format }: ExporterState): string {
  return `${exporter} ${agent} ${port} ${domain} ${format}`;
}
