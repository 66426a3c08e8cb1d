import { ipInIpKind, TUNNEL } from '../../packet/index.ts';
import type { SampleFields } from './sample-fields.ts';
import { FLOW_RECORD } from './sflow-format.ts';
import { readIpv4Words, readIpv6Words } from './xdr.ts';

const IPV4 = 4;
const UDP = 17;
const IPV6 = 41;
const GRE = 47;

/** https://sflow.org/sflow_tunnels.txt: the header that the agent took off the packet when it came, or puts on when it leaves. */
export function readTunnelRecord(view: DataView, format: number, at: number, length: number, f: SampleFields): boolean {
  switch (format) {
    case FLOW_RECORD.ipv4TunnelIngress:
    case FLOW_RECORD.ipv4TunnelEgress: {
      if (length < 32) return false;
      if (!beginTunnel(f, format === FLOW_RECORD.ipv4TunnelIngress)) return true;
      readIpv4Words(view, at + 8, f.tunnelSrc);
      readIpv4Words(view, at + 12, f.tunnelDst);
      f.tunnelKind = kindOf(4, view.getUint32(at + 4), view.getUint32(at + 20));
      return true;
    }
    case FLOW_RECORD.ipv6TunnelIngress:
    case FLOW_RECORD.ipv6TunnelEgress: {
      if (length < 56) return false;
      if (!beginTunnel(f, format === FLOW_RECORD.ipv6TunnelIngress)) return true;
      readIpv6Words(view, at + 8, f.tunnelSrc);
      readIpv6Words(view, at + 24, f.tunnelDst);
      f.tunnelKind = kindOf(6, view.getUint32(at + 4), view.getUint32(at + 44));
      return true;
    }
    case FLOW_RECORD.vniIngress:
    case FLOW_RECORD.vniEgress:
      if (length < 4) return false;
      if (beginTunnel(f, format === FLOW_RECORD.vniIngress)) f.tunnelId = view.getUint32(at);
      return true;
    default:
      return true;
  }
}

/** What the packet was taken out of says more of it than what it is put into; true when the record's side is the one to keep. */
function beginTunnel(f: SampleFields, ingress: boolean): boolean {
  if (f.tunnelKind < 0 || (ingress && !f.tunnelIngress)) {
    f.tunnelKind = TUNNEL.none;
    f.tunnelIngress = ingress;
    f.tunnelId = 0;
    f.tunnelSrc.fill(0);
    f.tunnelDst.fill(0);
  }
  return f.tunnelIngress === ingress;
}

function kindOf(ipVersion: 4 | 6, protocol: number, dstPort: number): number {
  if (protocol === GRE) return TUNNEL.gre;
  if (protocol === IPV4 || protocol === IPV6) return ipInIpKind(ipVersion, protocol);
  if (protocol !== UDP) return TUNNEL.none;
  return dstPort === 6081 ? TUNNEL.geneve : dstPort === 4789 || dstPort === 8472 ? TUNNEL.vxlan : TUNNEL.none;
}
