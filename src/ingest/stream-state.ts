import { columnOf, formatAddress } from '../flow/index.ts';
import { type ExporterState, type InterfaceState, samplingRemedy } from '../truth/index.ts';
import type { Stream } from './stream.ts';

const FORMATS = columnOf('format').values!;
const ORIGINS = columnOf('sampling_origin').values!;
/** What changes all the time is told this often. */
const TELL_MS = 60_000;
const SPREAD_MS = 997;

/** What was last told of a stream, with what it was made of. */
interface Told {
  readonly state: ExporterState;
  readonly atMs: number;
  readonly made: Made;
}

/** By this it shows, without a state being made, whether another would say something else. */
interface Made {
  readonly facts: number;
  readonly elements: number;
  readonly missingKind: number;
  readonly missingId: number;
  readonly counters: number;
}

/** Of streams that are let go nothing stays. */
const told = new WeakMap<Stream, Told>();
let spread = 0;

/**
 * The state of the stream when something lasting changed since it was last given, or, after a minute, when anything did; else null. Times,
 * bursts and the rate of the latest record, which with several samplers is now this and now that, do not last.
 */
export function changedState(s: Stream, name: string, nowMs: number): ExporterState | null {
  const before = told.get(s);
  if (before && lasts(before, s, name)) {
    const due = s.lastMs !== before.state.last_seen && Math.abs(nowMs - before.atMs) >= TELL_MS;
    if (!due) return null;
  }
  const state = stateOf(s, name, before);
  // Spread over the minute: what thousands have to say at one moment would hold up the datagrams.
  const atMs = before ? nowMs : nowMs - ((++spread * SPREAD_MS) % TELL_MS);
  told.set(s, { state, atMs, made: madeOf(s) });
  return state;
}

/** What a stream says of itself, as it is shown and kept. `before` lends what it was made of and is the same. */
export function stateOf(s: Stream, name: string, before?: Told): ExporterState {
  return {
    exporter: s.exporter,
    agent: agentOf(s),
    port: s.port,
    domain: s.domain,
    format: FORMATS[s.format] ?? 'unknown',
    name,
    first_seen: s.firstMs,
    last_seen: s.lastMs,
    sampling: s.sampling,
    sampling_origin: ORIGINS[s.samplingOrigin] ?? 'unknown',
    remedy: samplingRemedy(s),
    burst_10ms: s.bursts.most10,
    burst_100ms: s.bursts.most100,
    templates: [...(s.templates?.all() ?? [])].map((t) => ({
      id: t.id,
      options: t.options,
      fields: t.ids.length,
      told: t.lastMs,
    })),
    interfaces: before && namesLast(before.made, s) ? before.state.interfaces : interfacesOf(s),
  };
}

function lasts({ state, made }: Told, s: Stream, name: string): boolean {
  const { missingKind, missingId, optionElements } = s.templates?.facts ?? NO_FACTS;
  return (
    state.port === s.port &&
    state.name === name &&
    state.format === (FORMATS[s.format] ?? 'unknown') &&
    state.sampling_origin === (ORIGINS[s.samplingOrigin] ?? 'unknown') &&
    made.elements === optionElements.size &&
    made.missingKind === missingKind &&
    made.missingId === missingId &&
    namesLast(made, s) &&
    templatesLast(state, s)
  );
}

function namesLast(made: Made, { templates, sflow }: Stream): boolean {
  return made.facts === (templates?.facts.revision ?? 0) && made.counters === (sflow?.interfaces.revision ?? 0);
}

function templatesLast({ templates }: ExporterState, s: Stream): boolean {
  if (templates.length !== (s.templates?.size ?? 0)) return false;
  let i = 0;
  for (const { id, options, ids } of s.templates?.all() ?? []) {
    const known = templates[i++]!;
    if (known.id !== id || known.options !== options || known.fields !== ids.length) return false;
  }
  return true;
}

const NO_FACTS = { missingKind: -1, missingId: -1, optionElements: new Set<number>() };

function madeOf({ templates, sflow }: Stream): Made {
  const { missingKind, missingId, optionElements } = templates?.facts ?? NO_FACTS;
  const elements = optionElements.size;
  const facts = templates?.facts.revision ?? 0;
  return { facts, elements, missingKind, missingId, counters: sflow?.interfaces.revision ?? 0 };
}

/** An agent that is the exporter itself needs no name of its own. */
function agentOf({ exporter, address }: Stream): string {
  const agent = formatAddress(address);
  return agent === exporter ? '' : agent;
}

/** Named by options, or by sFlow agents beside their counters. */
function interfacesOf({ templates, sflow }: Stream): InterfaceState[] {
  const named = [...(templates?.facts.interfaces() ?? [])].map(([index, { name, description, speedBps }]) => ({
    index,
    name,
    description,
    speed: speedBps,
  }));
  return [...named, ...(sflow?.interfaces.named() ?? [])];
}
