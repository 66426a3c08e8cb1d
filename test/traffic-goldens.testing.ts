import { readFileSync } from 'node:fs';

/** A flow of both directions, as another program measured it. */
export interface Golden {
  readonly protocol: number;
  readonly src: string;
  readonly srcPort: number;
  readonly dst: string;
  readonly dstPort: number;
  readonly packets: number;
  readonly bytes: number;
  readonly revPackets: number;
  readonly revBytes: number;
}

/** What nDPI calls protocols; those without a name stand as their number. */
const NDPI_PROTOCOLS: Readonly<Record<string, number>> = {
  ICMP: 1,
  IGMP: 2,
  TCP: 6,
  UDP: 17,
  AH: 51,
  ICMPV6: 58,
  PIM: 103,
  SCTP: 132,
};

const NDPI_FLOW =
  /^\t\d+\t(\S+) (\S+):(\d+) <?-> (\S+):(\d+) .*?\[(\d+) pkts\/(\d+) bytes <?-> (\d+) pkts\/(\d+) bytes\]/;

/** The flows of one of ndpiReader's results. Bytes are those of the frames; ICMP has ports of 0. */
export function ndpiFlows(path: string): Golden[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const found = NDPI_FLOW.exec(line);
      if (!found) return [];
      const [, name = '', src = '', srcPort, dst = '', dstPort, packets, bytes, revPackets, revBytes] = found;
      return {
        protocol: NDPI_PROTOCOLS[name] ?? Number(name),
        src: withoutBrackets(src),
        srcPort: Number(srcPort),
        dst: withoutBrackets(dst),
        dstPort: Number(dstPort),
        packets: Number(packets),
        bytes: Number(bytes),
        revPackets: Number(revPackets),
        revBytes: Number(revBytes),
      };
    });
}

function withoutBrackets(address: string): string {
  return address.replace(/^\[|\]$/g, '');
}

/** ndpiReader shortens every zero group of an IPv6 address, which is no notation of RFC 4291: what it makes of a right one. */
export function asNdpiWrites(key: string): string {
  return key.replace(/:0(?=:)/g, ':');
}

/** The biflows that ipfixprobe wrote; a flow for which it has several lines, one for each name in it, is given once. */
export function ipfixprobeFlows(path: string): Golden[] {
  const rows = readFileSync(path, 'utf8').trim().split('\n');
  const header = rows.find((row) => row.startsWith('ipaddr '));
  if (header === undefined) throw new Error(`${path} does not name its columns`);
  const names = header.split(',').map((column) => column.split(' ')[1]);
  const flows = new Map<string, Golden>();
  for (const row of rows) {
    if (row === header) continue;
    const fields = row.split(',');
    const text = (name: string) => fields[names.indexOf(name)] ?? '';
    const flow = {
      protocol: Number(text('PROTOCOL')),
      src: text('SRC_IP'),
      srcPort: Number(text('SRC_PORT')),
      dst: text('DST_IP'),
      dstPort: Number(text('DST_PORT')),
      packets: Number(text('PACKETS')),
      bytes: Number(text('BYTES')),
      revPackets: Number(text('PACKETS_REV')),
      revBytes: Number(text('BYTES_REV')),
    };
    flows.set([...Object.values(flow), text('TIME_FIRST'), text('TIME_LAST'), text('VLAN_ID')].join(' '), flow);
  }
  return [...flows.values()];
}

const ZEEK_PROTOCOLS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17 };

/** The connections of a conn.log; its sorted lines have the names of the columns behind them. */
export function zeekFlows(path: string): Golden[] {
  const rows = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .filter((row) => !row.startsWith('#'));
  const names = rows.find((row) => row.startsWith('ts\t'))?.split('\t');
  if (names === undefined) throw new Error(`${path} does not name its columns`);
  return rows
    .filter((row) => !row.startsWith('ts\t'))
    .map((row) => {
      const fields = row.split('\t');
      const text = (name: string) => fields[names.indexOf(name)] ?? '';
      return {
        protocol: ZEEK_PROTOCOLS[text('proto')] ?? 0,
        src: text('id.orig_h'),
        srcPort: Number(text('id.orig_p')),
        dst: text('id.resp_h'),
        dstPort: Number(text('id.resp_p')),
        packets: Number(text('orig_pkts')),
        bytes: Number(text('orig_ip_bytes')),
        revPackets: Number(text('resp_pkts')),
        revBytes: Number(text('resp_ip_bytes')),
      };
    });
}
