import { existsSync, readFileSync } from 'node:fs';
import type { ExporterState } from '../truth/index.ts';
import { replaceFile } from './files.ts';

/** States that are kept; beyond it those seen longest ago go. */
const MOST = 20_000;
/** A stream that was silent for so long is told no more. */
const FORGET_MS = 30 * 86_400_000;

/** What the exporters say of themselves, in one file: it holds over restarts, and answers where no node runs. */
export class ExporterStates {
  private readonly path: string;
  private readonly states: Map<string, ExporterState>;
  private changed = false;

  constructor(path: string) {
    this.path = path;
    this.states = new Map(readExporterStates(path).map((s) => [keyOf(s), s]));
  }

  add(states: readonly ExporterState[]): void {
    for (const state of states) this.states.set(keyOf(state), earliest(this.states.get(keyOf(state)), state));
    this.changed ||= states.length > 0;
  }

  /** Throws when the disk refuses; what was not written is tried again. */
  write(nowMs: number): void {
    if (!this.changed) return;
    for (const [key, s] of this.states) if (nowMs - s.last_seen > FORGET_MS) this.states.delete(key);
    const latest = [...this.states.values()].sort((a, b) => b.last_seen - a.last_seen);
    for (const s of latest.slice(MOST)) this.states.delete(keyOf(s));
    replaceFile(this.path, JSON.stringify(latest.slice(0, MOST)));
    this.changed = false;
  }
}

/** The states at rest; none where the file is missing or cannot be read: the exporters tell them again. */
export function readExporterStates(path: string): ExporterState[] {
  if (!existsSync(path)) return [];
  try {
    const list = JSON.parse(readFileSync(path, 'utf8')) as unknown;
    return Array.isArray(list) ? list.filter(isState) : [];
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

/** A stream that came before this process did was seen before. */
function earliest(known: ExporterState | undefined, state: ExporterState): ExporterState {
  return known ? { ...state, first_seen: Math.min(known.first_seen, state.first_seen) } : state;
}

function keyOf({ exporter, port, domain, format }: ExporterState): string {
  return `${exporter} ${port} ${domain} ${format}`;
}
