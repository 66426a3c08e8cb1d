import { columnOf } from '../../flow/index.ts';

const SIDES = columnOf('client_side').values!;
export const UNKNOWN = SIDES.indexOf('unknown');
export const SOURCE = SIDES.indexOf('source');
export const DESTINATION = SIDES.indexOf('destination');
export const PEER = SIDES.indexOf('peer');

/** 1 where the process of the flow was asked, 2 where it asked, by `owner_source`: the socket accepted or listened, or it connected. */
export const PROCESS_ASKS = Uint8Array.from(columnOf('owner_source').values!, (how) =>
  how === 'accept' || how === 'listener' ? 1 : how === 'connect' ? 2 : 0,
);
export const ASKED = 2;

const INGRESS = columnOf('flow_direction').values!.indexOf('ingress');

/** The side at which the process of a flow is: what comes in is for it. */
export function ownSide(flowDirection: number): number {
  return flowDirection === INGRESS ? DESTINATION : SOURCE;
}

export function otherSide(side: number): number {
  return side === SOURCE ? DESTINATION : side === DESTINATION ? SOURCE : side;
}
