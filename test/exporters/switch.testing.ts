import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { sleep } from '../node.testing.ts';
import type { Judge, Judged } from './judge.testing.ts';
import { withLinks } from './link.testing.ts';
import { type OpenVswitchExport, startOpenVswitch } from './open-vswitch.testing.ts';

type Way = keyof OpenVswitchExport;

export const SWITCH_DOMAIN = 123;
export const SWITCH_ENGINE = { engineType: 4, engineId: 3 };

const ETHERNET_BYTES = 14;
/** Until the flows of the last packets are reported. */
const REPORTED_MS = 4_000;

export interface SwitchRun {
  /** By the way of export. */
  readonly judged: Partial<Record<Way, Judged>>;
  /** What the interface counted. */
  readonly counted: { readonly packets: number; readonly frameBytes: number; readonly ipBytes: number };
}

export interface SwitchPlan {
  /** The exporter's address for each way of export. */
  readonly exporters: Partial<Record<Way, string>>;
  readonly sampling: number;
  readonly capture: string;
  readonly packetsPerSecond: number;
}

/** A switch that exports in several ways at once, while a capture runs through it. */
export async function runSwitch(judge: Judge, plan: SwitchPlan): Promise<SwitchRun> {
  const { exporters, sampling } = plan;
  const ways = Object.keys(exporters) as Way[];
  const heard = await Promise.all(
    ways.map(async (way) => ({
      way,
      hearing: await judge.hear(exporters[way]!, way === 'sflow' ? 'sfcapd' : 'nfcapd'),
    })),
  );
  const port = (way: Way) => heard.find((one) => one.way === way)!.hearing.port;
  try {
    const counted = await forward(judge, plan, {
      ...(exporters.netflow ? { netflow: { port: port('netflow'), ...SWITCH_ENGINE } } : {}),
      ...(exporters.sflow ? { sflow: { port: port('sflow'), sampling } } : {}),
      ...(exporters.ipfix ? { ipfix: { port: port('ipfix'), domain: SWITCH_DOMAIN, sampling } } : {}),
    });
    const judged: Partial<Record<Way, Judged>> = {};
    for (const { way, hearing } of heard) judged[way] = await hearing.verdict();
    return { judged, counted };
  } finally {
    for (const { hearing } of heard) await hearing.close();
  }
}

async function forward(judge: Judge, { capture, packetsPerSecond, sampling }: SwitchPlan, what: OpenVswitchExport) {
  const folder = join(judge.folder, `switch-${sampling}`);
  mkdirSync(folder);
  return withLinks(2, async ([from, to]) => {
    const vswitch = await startOpenVswitch(folder, [from!, to!], what);
    try {
      await from!.replay(capture, packetsPerSecond);
      await sleep(REPORTED_MS);
      // What went out is what the switch got: on a busy machine its socket may have lost a packet that the interface counts.
      const { txPackets: packets, txBytes: frameBytes } = to!.counters();
      return { packets, frameBytes, ipBytes: frameBytes - packets * ETHERNET_BYTES };
    } finally {
      await vswitch.stop();
    }
  });
}
