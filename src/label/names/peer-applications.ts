import type { ApplicationName } from '../../flow/index.ts';

const NAMES: readonly ApplicationName[] = [
  'bittorrent',
  'gnutella',
  'edonkey',
  'kazaa',
  'soulseek',
  'bitcoin',
  'ethereum',
  'ipfs',
  'syncthing',
];

/** Applications of which every end both asks and answers: none is a server, whoever began. */
export const PEER_APPLICATIONS: ReadonlySet<string> = new Set(NAMES);
