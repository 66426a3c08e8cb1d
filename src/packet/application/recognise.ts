import { Dispatch } from './dispatch.ts';
import { FAMILIES } from './families.ts';
import { clearFinding, type Finding } from './finding.ts';
import type { Payload } from './payload.ts';

const TCP = new Dispatch(FAMILIES.flatMap(({ tcp = [] }) => tcp));
const UDP = new Dispatch(FAMILIES.flatMap(({ udp = [] }) => udp));

const TCP_NUMBER = 6;
const UDP_NUMBER = 17;

/** Whether recognisers know the first payloads of what is usual at a port of servers. */
export function isRecognisedAt(transport: 'tcp' | 'udp', port: number): boolean {
  return (transport === 'tcp' ? TCP : UDP).hasPort(port);
}

/** What the payload shows of its flow. `out` is cleared first. */
export function recognise(payload: Payload, out: Finding): void {
  clearFinding(out);
  if (payload.protocol === TCP_NUMBER) TCP.recognise(payload, out);
  else if (payload.protocol === UDP_NUMBER) UDP.recognise(payload, out);
}
