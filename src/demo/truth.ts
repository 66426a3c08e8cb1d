import { HOME, SITES, textOf } from './campus.ts';
import type { Demo } from './demo.ts';
import type { DemoExporter, Period } from './demo-exporter.ts';
import type { Planted } from './planted.ts';
import type { Tally, Told } from './tally.ts';

/** What one exporter told of an event, as the collector got it: packets and bytes are not scaled by sampling. */
type ToldBy = Told & { readonly exporter: string };

interface TruthEvent {
  readonly id: number;
  readonly kind: string;
  readonly from: string;
  readonly to: string;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly actors: Planted['actors'];
  readonly look: string;
  /** What selects its flows and no others, over the whole time of the demo; null where it is no traffic of its own. */
  readonly filter: string | null;
  readonly facts: Readonly<Record<string, number | string>>;
  /** Each flow once, before sampling and loss; null where it is no traffic of its own. */
  readonly made: Tally | null;
  readonly told: readonly ToldBy[];
}

export interface Truth {
  readonly format: 1;
  readonly demo: true;
  readonly seed: number;
  readonly days: number;
  readonly from: string;
  readonly to: string;
  readonly from_ms: number;
  readonly to_ms: number;
  readonly home: string;
  readonly sites: Readonly<Record<string, string>>;
  readonly made: Tally;
  /** Told by two exporters and stored twice: nobody compares them. */
  readonly seen_twice: Tally;
  readonly exporters: readonly {
    readonly address: string;
    readonly name: string;
    readonly protocol: string;
    readonly sampling: number;
    readonly agent: boolean;
    /** What passed while it was on, before sampling, and what passed while it was off. */
    readonly passed: Tally;
    readonly unseen: Tally;
    readonly told: Told;
    readonly lost: Told & { readonly datagrams: number };
  }[];
  readonly events: readonly TruthEvent[];
}

/** Everything that was planted, with what was truly made of it; whole when the capture has ended. */
export function truthOf(demo: Demo): Truth {
  const { options, whole, made, seenTwice, exporters } = demo;
  return {
    format: 1,
    demo: true,
    seed: options.seed,
    days: options.days,
    ...spanOf(whole),
    home: HOME,
    sites: SITES,
    made,
    seen_twice: seenTwice,
    exporters: exporters.map((exporter) => {
      const { address, name, protocol, sampling, host } = exporter.options;
      const { passed, unseen, told, lost } = exporter;
      const agent = host !== undefined;
      return { address: textOf(address), name, protocol, sampling, agent, passed, unseen, told, lost };
    }),
    events: [...trafficEvents(demo), ...faults(demo)].map((event, id) => ({ id, ...event })),
  };
}

type NewEvent = Omit<TruthEvent, 'id'>;

function trafficEvents({ planted, madeOf, exporters }: Demo): NewEvent[] {
  return planted.map(({ kind, fromMs, toMs, actors, look, filter, facts = {} }, event) => ({
    kind,
    ...spanOf({ fromMs, toMs }),
    actors,
    look,
    filter,
    facts,
    made: madeOf[event]!,
    told: exporters.flatMap((exporter) => {
      const told = exporter.toldOf.get(event);
      return told ? [{ exporter: textOf(exporter.options.address), ...told }] : [];
    }),
  }));
}

/** What went wrong with the network and with its measurement. */
function faults(demo: Demo): NewEvent[] {
  const { networkOutage, exporterOutage, overload, prevented, exporters } = demo;
  const off = exporters.find((e) => e.options.off !== undefined)!;
  const lossy = exporters.find((e) => e.options.lossy !== undefined)!;
  return [
    fault(
      'network_outage',
      networkOutage,
      { site: 'north' },
      'the link of north to the world is down: nothing new in or out, and the exporter tells of it as ever',
      {
        flows_prevented: prevented.flows,
        bytes_prevented: prevented.bytes,
      },
    ),
    fault(
      'exporter_outage',
      exporterOutage,
      { exporter: addressOf(off) },
      'one router tells nothing while its traffic goes on; the store knows it as a silence, and answers say that not all was measured',
      {
        flows_unseen: off.unseen.flows,
        packets_unseen: off.unseen.packets,
        bytes_unseen: off.unseen.bytes,
      },
    ),
    fault(
      'export_loss',
      overload,
      { exporter: addressOf(lossy) },
      'datagrams of one exporter are lost: gaps in its sequence',
      { ...lossy.lost },
    ),
  ];
}

function fault(
  kind: string,
  period: Period,
  actors: Planted['actors'],
  look: string,
  facts: Readonly<Record<string, number>>,
): NewEvent {
  return { kind, ...spanOf(period), actors, look, filter: null, facts, made: null, told: [] };
}

const addressOf = (exporter: DemoExporter): string => textOf(exporter.options.address);

function spanOf({ fromMs, toMs }: Period): { from: string; to: string; from_ms: number; to_ms: number } {
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), from_ms: fromMs, to_ms: toMs };
}
