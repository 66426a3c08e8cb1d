import type { ApplicationName } from '../../flow/index.ts';
import { STATE_RULES } from '../late/state-rules.ts';
import { PEER_APPLICATIONS } from '../names/peer-applications.ts';

/** Conversations in whose payload meters see where other flows go, beside those of the rules. */
const IN_PAYLOAD: readonly ApplicationName[] = ['ftp', 'tftp', 'epmap', 'dce-rpc', 'portmap', 'sunrpc'];
const CALLS: readonly ApplicationName[] = ['sip', 'rtsp', 'mgcp', 'megaco'];
const MEDIA: ReadonlySet<string> = new Set<ApplicationName>(['rtp', 'rtcp', 'srtp']);

interface Announcers {
  /** What the conversation is that announced the flow, or from which the flow follows. */
  readonly applications: readonly string[];
  /** Whether it may be one of only one end of the flow with somebody else: a directory of peers, or the one who passes calls on. */
  readonly ofOthersToo: boolean;
}

/** Which conversations may have told that a flow is of this application, where it is known by state. */
export function announcersOf(application: string): Announcers {
  if (MEDIA.has(application)) return { applications: CALLS, ofOthersToo: true };
  if (PEER_APPLICATIONS.has(application)) return { applications: [application], ofOthersToo: true };
  const rules = STATE_RULES.filter((rule) => rule.explains === application);
  if (rules.length > 0)
    return {
      applications: [...new Set(rules.map((rule) => rule.control))],
      ofOthersToo: rules.some((rule) => rule.ofClient),
    };
  return { applications: IN_PAYLOAD, ofOthersToo: false };
}
