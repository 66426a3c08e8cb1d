import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { formatAddress, parseAddress } from '../../flow/index.ts';

/** A flow as ndpiReader prints it. */
export interface ReferenceFlow {
  readonly protocol: 6 | 17;
  readonly ends: readonly [string, string];
  /** Its name of the protocol, without that of the service: empty where it knows none. */
  readonly name: string;
  /** How it came by it: 'DPI', 'Match by port', 'Match by IP'. */
  readonly confidence: string;
}

const LINE = /^\t\d+\t(TCP|UDP) (\S+) <?->? (\S+) .*?\[proto: [\d.]+\/([^\]]*)\].*?\[Confidence: ([^\]]*)\]/;

/** Flows of TCP and UDP in what ndpiReader printed of a capture. */
export function referenceFlows(path: string): ReferenceFlow[] {
  return readFileSync(path, 'latin1')
    .split('\n')
    .flatMap((line) => {
      const [, transport, first, second, proto, confidence] = LINE.exec(line) ?? [];
      if (transport === undefined) return [];
      const name = proto!.split('.')[0]!;
      return [
        {
          protocol: transport === 'TCP' ? (6 as const) : (17 as const),
          ends: [endOf(first!), endOf(second!)] as const,
          name: name === 'Unknown' ? '' : name,
          confidence: confidence!,
        },
      ];
    });
}

/** Address and port; it leaves out zeros in other places of IPv6 addresses than RFC 5952 wants. */
function endOf(end: string): string {
  const at = end.lastIndexOf(':');
  const address = end.slice(0, at).replace(/[[\]]/g, '');
  const words = parseAddress(address);
  return (words ? formatAddress(words) : address) + end.slice(at);
}

/** What nDPI calls the applications that have another name here, as `weir bench label` reads it too. */
const NAMES = join(import.meta.dirname, '../../../bench/measure/ndpi-names.yaml');
const OURS = (parse(readFileSync(NAMES, 'utf8')) as { applications: Readonly<Record<string, readonly string[]>> })
  .applications;

/** The names here for one of nDPI; empty where there is none. */
export function oursFor(name: string, known: (ours: string) => boolean): readonly string[] {
  const ours = OURS[name];
  if (ours !== undefined) return ours;
  const same = name.toLowerCase().replaceAll('_', '-');
  return known(same) ? [same] : [];
}
