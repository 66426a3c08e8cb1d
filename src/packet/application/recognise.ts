import { Dispatch } from './dispatch.ts';
import { FAMILIES } from './families.ts';
import { clearFinding, type Finding } from './finding.ts';
import type { Payload } from './payload.ts';

/** Their tables are made when the first payload comes: most programs that load this have none. */
let tcpDispatch: Dispatch | undefined;
let udpDispatch: Dispatch | undefined;

function ofTcp(): Dispatch {
  tcpDispatch ??= new Dispatch(FAMILIES.flatMap(({ tcp = [] }) => tcp));
  return tcpDispatch;
}

function ofUdp(): Dispatch {
  udpDispatch ??= new Dispatch(FAMILIES.flatMap(({ udp = [] }) => udp));
  return udpDispatch;
}

const TCP_NUMBER = 6;
const UDP_NUMBER = 17;

/** Whether recognisers know the first payloads of what is usual at a port of servers. */
export function isRecognisedAt(transport: 'tcp' | 'udp', port: number): boolean {
  return (transport === 'tcp' ? ofTcp() : ofUdp()).hasPort(port);
}

/** What the payload shows of its flow. `out` is cleared first. */
export function recognise(payload: Payload, out: Finding): void {
  clearFinding(out);
  if (payload.protocol === TCP_NUMBER) ofTcp().recognise(payload, out);
  else if (payload.protocol === UDP_NUMBER) ofUdp().recognise(payload, out);
}
