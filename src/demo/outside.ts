import { ip } from './campus.ts';
import type { Random } from './random.ts';

/** A network of the Internet that hosts of the campus talk to: addresses of it, and names of servers there. */
interface Network {
  readonly first: number;
  readonly addresses: number;
  readonly names: readonly string[];
}

const network = (first: number, addresses: number, ...names: string[]): Network => ({ first, addresses, names });

/** Public networks of the services that much of a campus' traffic goes to; which systems and countries they are is for the data of the node to say. */
export const WEB: readonly Network[] = [
  network(ip(142, 250, 184, 0), 512, 'www.google.com', 'www.gstatic.com', 'docs.google.com'),
  network(ip(104, 16, 0, 0), 2_048, 'www.cloudflare.com', 'cdnjs.cloudflare.com'),
  network(ip(52, 96, 0, 0), 1_024, 'outlook.office365.com', 'teams.microsoft.com'),
  network(ip(151, 101, 0, 0), 1_024, 'www.reddit.com', 'github.githubassets.com'),
  network(ip(157, 240, 0, 0), 512, 'www.instagram.com', 'www.facebook.com', 'static.whatsapp.net'),
  network(ip(140, 82, 112, 0), 256, 'github.com', 'api.github.com'),
  network(ip(185, 15, 59, 0), 64, 'en.wikipedia.org', 'upload.wikimedia.org'),
  network(ip(3, 5, 128, 0), 1_024, 's3.eu-central-1.amazonaws.com'),
  network(ip(17, 253, 0, 0), 512, 'www.apple.com', 'gateway.icloud.com'),
  network(ip(88, 198, 0, 0), 2_048, 'www.heise.de'),
  network(ip(51, 68, 0, 0), 1_024, 'www.ovh.com'),
  network(ip(133, 11, 0, 0), 256, 'www.u-tokyo.ac.jp'),
];
export const STREAMS: readonly Network[] = [
  network(ip(45, 57, 0, 0), 1_024, 'ipv4-c001-fra001-ix.1.oca.nflxvideo.net'),
  network(ip(173, 194, 0, 0), 1_024, 'rr3---sn-4g5e6nsz.googlevideo.com'),
  network(ip(23, 32, 0, 0), 2_048, 'vod.akamaized.net'),
  network(ip(35, 186, 224, 0), 128, 'audio-sp.spotify.com'),
];
export const CALLS: readonly Network[] = [network(ip(170, 114, 0, 0), 256, 'us04web.zoom.us')];
export const UPDATES: readonly Network[] = [
  network(ip(13, 107, 4, 0), 64, 'download.windowsupdate.com'),
  network(ip(151, 101, 2, 0), 128, 'deb.debian.org'),
  network(ip(17, 253, 4, 0), 64, 'swcdn.apple.com'),
];
export const MAILERS: readonly Network[] = [
  network(ip(209, 85, 128, 0), 512, 'mail-lf1.google.com'),
  network(ip(40, 92, 0, 0), 512, 'mail-oln.outbound.protection.outlook.com'),
  network(ip(212, 227, 15, 0), 128, 'mout.kundenserver.de'),
];
export const NAME_SERVERS: readonly Network[] = [
  network(ip(192, 5, 6, 0), 64),
  network(ip(205, 251, 192, 0), 512),
  network(ip(162, 159, 0, 0), 256),
];
/** Where people live who visit the web server and come in by VPN. */
export const VISITORS: readonly Network[] = [
  network(ip(84, 128, 0, 0), 65_536),
  network(ip(73, 0, 0, 0), 65_536),
  network(ip(81, 128, 0, 0), 32_768),
  network(ip(90, 0, 0, 0), 32_768),
  network(ip(126, 0, 0, 0), 16_384),
  network(ip(177, 32, 0, 0), 16_384),
  network(ip(49, 32, 0, 0), 16_384),
];

/**
 * Who does harm has addresses that belong to nobody (RFC 5737, RFC 2544): a demo must not accuse a network that exists. Those who scan the whole Internet
 * all the time have a prefix of their own, apart from those of planted events.
 */
export const SCANNERS: readonly Network[] = [network(ip(203, 0, 113, 0), 64)];
export const PEERS: readonly Network[] = [network(ip(198, 18, 0, 0), 8_192)];
export const FLOOD: readonly Network[] = [network(ip(198, 19, 0, 0), 65_536)];

export interface Remote {
  readonly address: number;
  readonly name: string;
}

/** A server in one of the networks, the first of them more often; each address has one name. */
export function remoteOf(random: Random, of: readonly Network[]): Remote {
  const { first, addresses, names } = random.pickUneven(of);
  const at = Math.floor(random.unit() ** 2 * addresses);
  return { address: first + at, name: names.length === 0 ? '' : names[at % names.length]! };
}
