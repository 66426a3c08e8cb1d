import { ADDRESSES } from './addresses.ts';
import { CHAT } from './chat.ts';
import { CONTROL } from './control.ts';
import { DCE_RPC_FAMILY } from './dce-rpc.ts';
import { DIRECTORY } from './directory.ts';
import { DNS_FAMILY } from './dns.ts';
import { FILES } from './files.ts';
import { FTP_FAMILY } from './ftp.ts';
import { GAMES } from './games.ts';
import { INDUSTRY } from './industry.ts';
import { KEY_DATABASES } from './key-databases.ts';
import { LOGIN } from './login.ts';
import { MAIL } from './mail.ts';
import { MANAGEMENT } from './management.ts';
import { MEDIA } from './media.ts';
import { ONC_RPC } from './onc-rpc.ts';
import { PEERS } from './peers.ts';
import { QUEUES } from './queues.ts';
import { QUIC_FAMILY } from './quic.ts';
import type { Family } from './recogniser.ts';
import { SMALL_SERVICES } from './small-services.ts';
import { SMB_FAMILY } from './smb.ts';
import { SOCKS_FAMILY } from './socks.ts';
import { SQL_DATABASES } from './sql-databases.ts';
import { TELNET_FAMILY } from './telnet.ts';
import { TLS_FAMILY } from './tls.ts';
import { TUNNELS } from './tunnels.ts';
import { VOICE } from './voice.ts';
import { WEB } from './web.ts';

/** All of them, those with the clearest marks first: who is asked later sees only what no earlier one took. */
export const FAMILIES: readonly Family[] = [
  TLS_FAMILY,
  QUIC_FAMILY,
  WEB,
  DNS_FAMILY,
  MAIL,
  FTP_FAMILY,
  SMB_FAMILY,
  LOGIN,
  TELNET_FAMILY,
  ADDRESSES,
  DIRECTORY,
  MANAGEMENT,
  VOICE,
  TUNNELS,
  MEDIA,
  ONC_RPC,
  DCE_RPC_FAMILY,
  QUEUES,
  SQL_DATABASES,
  KEY_DATABASES,
  FILES,
  CHAT,
  PEERS,
  INDUSTRY,
  CONTROL,
  GAMES,
  SMALL_SERVICES,
  SOCKS_FAMILY,
];
