/** What is asked of tshark with `occurrence=a`: of layers that come several times, all values. */
export const FIELDS = [
  'frame.protocols',
  'ip.src',
  'ip.dst',
  'ipv6.src',
  'ipv6.dst',
  'tcp.srcport',
  'tcp.dstport',
  'udp.srcport',
  'udp.dstport',
];

/** Layers that quote or describe packets, which they do not carry. */
const QUOTES = new Set(['icmp', 'icmpv6', 'sflow', 'lisp', 'bgp', 'snmp', 'tls', 'dtls', 'hsr']);

/** Addresses of the outermost IP packet in a line of tshark, `192.0.2.1 192.0.2.2`. */
export function outermost(line: string): string {
  const fields = line.split('|');
  const layer = fields[0]!.split(':').find((l) => l === 'ip' || l === 'ipv6');
  const first = (name: string) => fields[FIELDS.indexOf(`${layer}.${name}`)]!.split(',')[0]!;
  return `${first('src')} ${first('dst')}`;
}

/** Addresses and ports of the innermost IP packet in a line of tshark, `192.0.2.1 192.0.2.2 53 1024`; empty where there is none. */
export function innermost(line: string): string {
  const [protocols, ...values] = line.split('|').map((field, i) => field.split(i === 0 ? ':' : ','));
  const quote = protocols!.findIndex((layer) => QUOTES.has(layer));
  const layers = quote < 0 ? protocols! : protocols!.slice(0, quote);
  const at = Math.max(layers.lastIndexOf('ip'), layers.lastIndexOf('ipv6'));
  if (at < 0) return '';
  const value = (field: string, layer: string) => {
    const nth = layers.filter((l) => l === layer).length;
    return values[FIELDS.indexOf(field) - 1]![nth - 1] ?? '';
  };
  const ip = layers[at]!;
  const ends = `${value(`${ip}.src`, ip)} ${value(`${ip}.dst`, ip)}`;
  const transport = layers.slice(at).find((layer) => layer === 'tcp' || layer === 'udp');
  if (!transport) return ends.trim();
  return `${ends} ${value(`${transport}.srcport`, transport)} ${value(`${transport}.dstport`, transport)}`;
}
