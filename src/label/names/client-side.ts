import { columnOf, enumCode } from '../../flow/index.ts';

export const UNKNOWN = enumCode('client_side', 'unknown');
export const SOURCE = enumCode('client_side', 'source');
export const DESTINATION = enumCode('client_side', 'destination');
export const PEER = enumCode('client_side', 'peer');

/** 1 where the process of the flow was asked, 2 where it asked, by `owner_source`: the socket accepted or listened, or it connected. */
export const PROCESS_ASKS = Uint8Array.from(columnOf('owner_source').values!, (how) =>
  how === 'accept' || how === 'listener' ? 1 : how === 'connect' ? 2 : 0,
);
export const ASKED = 2;

const INGRESS = enumCode('flow_direction', 'ingress');

/** The side at which the process of a flow is: what comes in is for it. */
export function ownSide(flowDirection: number): number {
  return flowDirection === INGRESS ? DESTINATION : SOURCE;
}

export function otherSide(side: number): number {
  return side === SOURCE ? DESTINATION : side === DESTINATION ? SOURCE : side;
}
