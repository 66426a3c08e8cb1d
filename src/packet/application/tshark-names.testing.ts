import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);
const FIELDS = [
  '_ws.col.Protocol',
  'ip.src',
  'ip.dst',
  'ipv6.src',
  'ipv6.dst',
  'tcp.srcport',
  'tcp.dstport',
  'udp.srcport',
  'udp.dstport',
  'tls.handshake.extensions_server_name',
  'http.host',
  'dns.qry.name',
  'gquic.tag.sni',
];

export const hasTshark = () =>
  run('tshark', ['--version']).then(
    () => true,
    () => false,
  );

/** What tshark says of a flow: protocols of its packets, and names in them. */
export interface TsharkFlow {
  readonly protocols: Set<string>;
  readonly names: Set<string>;
}

/** Flows of a capture by protocol and ends, in both orders: `6 192.0.2.1:1024 192.0.2.2:80`. */
export async function tsharkFlows(path: string): Promise<Map<string, TsharkFlow>> {
  const options = ['-n', '-r', path, '-T', 'fields', '-E', 'separator=|', '-E', 'occurrence=f'];
  const { stdout } = await run('tshark', [...options, ...FIELDS.flatMap((field) => ['-e', field])], { maxBuffer: 1e8 });
  const flows = new Map<string, TsharkFlow>();
  for (const line of stdout.split('\n')) {
    const [protocol, src4, dst4, src6, dst6, tcpSrc, tcpDst, udpSrc, udpDst, ...names] = line.split('|');
    if (!tcpSrc && !udpSrc) continue;
    const source = `${src4 || src6}:${tcpSrc || udpSrc}`;
    const destination = `${dst4 || dst6}:${tcpDst || udpDst}`;
    const number = tcpSrc ? 6 : 17;
    const flow = flows.get(`${number} ${source} ${destination}`) ?? { protocols: new Set(), names: new Set() };
    flows.set(`${number} ${source} ${destination}`, flow);
    flows.set(`${number} ${destination} ${source}`, flow);
    if (protocol !== 'TCP' && protocol !== 'UDP') flow.protocols.add(protocol!);
    for (const name of names) if (name) flow.names.add(name.toLowerCase().replace(/:\d+$/, ''));
  }
  return flows;
}

/** What tshark calls applications that have another name here. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  OCSP: ['http'],
  GQUIC: ['quic'],
  NBNS: ['netbios-ns'],
  NBSS: ['netbios-ssn', 'smb'],
  NBDS: ['netbios-dgm'],
  RIPv1: ['rip'],
  'BFD Control': ['bfd'],
  ISAKMP: ['ike', 'ipsec'],
  'DB-LSP-DISC/JSON': ['dropbox-lan'],
  UDPENCAP: ['ipsec'],
};

/** Whether one of its protocols is what stands here: `HTTP/XML` and `TLSv1.2` are HTTP and TLS. */
export function agrees(protocols: ReadonlySet<string>, application: string): boolean {
  return [...protocols].some((protocol) => {
    const plain = protocol
      .split('/')[0]!
      .toLowerCase()
      .replace(/^tlsv1.*$/, 'tls');
    return plain === application || (OTHERS[protocol] ?? []).includes(application);
  });
}
