/**
 * IP protocol names by number: the keywords of https://www.iana.org/assignments/protocol-numbers, lower case.
 * The position in the list is the number; an empty place has no keyword.
 */
const KEYWORDS: readonly string[] = [
  // 0
  'hopopt icmp igmp ggp ipv4 st tcp cbt egp igp',
  'bbn-rcc-mon nvp-ii pup argus emcon xnet chaos udp mux dcn-meas',
  'hmp prm xns-idp trunk-1 trunk-2 leaf-1 leaf-2 rdp irtp iso-tp4',
  'netblt mfe-nsp merit-inp dccp 3pc idpr xtp ddp idpr-cmtp tp++',
  'il ipv6 sdrp ipv6-route ipv6-frag idrp rsvp gre dsr bna',
  // 50
  'esp ah i-nlsp swipe narp min-ipv4 tlsp skip ipv6-icmp ipv6-nonxt',
  'ipv6-opts - cftp - sat-expak kryptolan rvd ippc - sat-mon',
  'visa ipcv cpnx cphb wsn pvp br-sat-mon sun-nd wb-mon wb-expak',
  'iso-ip vmtp secure-vmtp vines iptm nsfnet-igp dgp tcf eigrp ospfigp',
  'sprite-rpc larp mtp ax.25 ipip micp scc-sp etherip encap -',
  // 100
  'gmtp ifmp pnni pim aris scps qnx a/n ipcomp snp',
  'compaq-peer ipx-in-ip vrrp pgm - l2tp ddx iatp stp srp',
  'uti smp sm ptp isis fire crtp crudp sscopmce iplt',
  'sps pipe sctp fc rsvp-e2e-ignore mobility-header udplite mpls-in-ip manet hip',
  'shim6 wesp rohc ethernet aggfrag nsh',
].flatMap((line) => line.split(' '));

const NAMES = KEYWORDS.map((k) => (k === '-' ? '' : k));

/** Other words for the same protocols: those of /etc/protocols and of nfdump. */
const ALIASES: Readonly<Record<string, number>> = {
  ip: 0,
  ipencap: 4,
  icmp6: 58,
  icmpv6: 58,
  'ipv6-nonext': 59,
  ospf: 89,
  ax25: 93,
};

const BY_NAME = new Map<string, number>([
  ...NAMES.flatMap((name, number): [string, number][] => (name ? [[name, number]] : [])),
  ...Object.entries(ALIASES),
]);

/** Every name that `protocolNumber` knows: for completion and for the nearest word of an error. */
export const protocolNames: readonly string[] = [...BY_NAME.keys()];

/** `tcp` to 6; upper and lower case alike; undefined when there is no such name. */
export function protocolNumber(name: string): number | undefined {
  return BY_NAME.get(name.toLowerCase());
}

/** 6 to `tcp`; a number without a keyword is shown as itself. 89 is `ospf`, the name everybody uses (IANA: OSPFIGP). */
export function protocolName(number: number): string {
  if (number === 89) return 'ospf';
  return NAMES[number] || String(number);
}
