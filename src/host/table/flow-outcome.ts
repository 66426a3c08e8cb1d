import { asksByIcmp, isIcmp, type Outcome, outcomeOf } from '../backend/outcome.ts';
import { BEGAN } from '../backend/socket-sweep.ts';
import { isGroup } from './group-address.ts';
import { NONE } from './host-slots.ts';
import type { HostTable } from './host-table.ts';
import { KEY_WORDS } from './socket-key.ts';

/**
 * How a flow fared so far. Where both ends are here it follows from what either saw, and is that of who began, at both: an answer that came when its asker had
 * closed the socket, or a reset for a packet that a program made itself, is seen at one end only. `isOver`: nothing more can come.
 */
export function flowOutcome(table: HostTable, slot: number, nowMs: number, isOver: boolean): Outcome {
  const peer = table.flows.partnerOf(slot);
  if (peer === NONE) return outcomeAt(table, slot, null, nowMs, isOver);
  const { began } = table.slots;
  const peerBegan = began[slot] === BEGAN.there || (began[slot] === BEGAN.unknown && began[peer] === BEGAN.here);
  return peerBegan ? outcomeAt(table, peer, slot, nowMs, isOver) : outcomeAt(table, slot, peer, nowMs, isOver);
}

/** As one end saw it, with what its other end knows of it: that one received what this one sent, and the other way round. */
function outcomeAt({ slots }: HostTable, slot: number, peer: number | null, nowMs: number, isOver: boolean): Outcome {
  const protocol = slots.protocol[slot]!;
  const ports = slots.ports[slot]!;
  const course = {
    protocol,
    began: slots.began[slot]!,
    txFlags: slots.txFlags[slot]!,
    rxFlags: slots.rxFlags[slot]!,
    sent: slots.everTx[slot] === 1,
    received: slots.everRx[slot] === 1,
    refused: slots.refused[slot] === 1,
    raw: slots.raw[slot] === 1,
  };
  let lastMs = slots.lastMs[slot]!;
  if (peer !== null) {
    course.began ||= REVERSED[slots.began[peer]!]!;
    course.txFlags |= slots.rxFlags[peer]!;
    course.rxFlags |= slots.txFlags[peer]!;
    course.sent ||= slots.everRx[peer] === 1;
    course.received ||= slots.everTx[peer] === 1;
    course.refused ||= slots.refused[peer] === 1;
    lastMs = Math.max(lastMs, slots.lastMs[peer]!);
  }
  // An outcome is asked for where one side alone spoke.
  const spoken = course.sent ? ports >>> 16 : ports & 0xffff;
  const noAnswerDue =
    isGroup(slots.words, KEY_WORDS * slot + 4) ||
    isGroup(slots.words, KEY_WORDS * slot) ||
    (isIcmp(protocol) && (slots.owner[slot] === null || !asksByIcmp(protocol, spoken >>> 8)));
  return outcomeOf({ ...course, noAnswerDue, waitedMs: isOver ? Number.POSITIVE_INFINITY : nowMs - lastMs });
}

const REVERSED = [BEGAN.unknown, BEGAN.there, BEGAN.here];
