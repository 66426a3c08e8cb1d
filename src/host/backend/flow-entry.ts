import { BEGAN, type SocketSweep, UNKNOWN_UID } from './socket-sweep.ts';

/** `struct flow_key` and `struct flow` of bpf/, as words of 32 bits. */
export const FLOW_KEY_WORDS = 12;
const FLOW_WORDS = 30;
const KEY_LOCAL = 2;
const KEY_REMOTE = 6;
const KEY_PORTS = 10;
const KEY_PROTOCOL = 11;
const TX_BYTES = 0;
const TX_PACKETS = 2;
const RX_BYTES = 4;
const RX_PACKETS = 6;
const FIRST_TX_NS = 8;
const FIRST_RX_NS = 10;
const LAST_NS = 12;
const TX_PAYLOAD_NS = 14;
const RX_PAYLOAD_NS = 16;
const ACCEPTED_NS = 18;
const CGROUP = 20;
const LISTENER = 22;
const UID = 24;
const INTERFACE = 25;
const RTT_US = 26;
const RETRANSMITS = 27;
const FLAGS = 28;
const RAW = 29;

const ROLE_HANDSHAKE = 1;
const IP_PROTOCOL_TCP = 6;
const IP_PROTOCOL_UDP = 17;
const TCP_SYN = 0x02;
const TCP_ACK = 0x10;

function isHandshake(keys: Uint32Array, entry: number): boolean {
  return ((keys[entry * FLOW_KEY_WORDS + KEY_PROTOCOL]! >>> 8) & 0xff) === ROLE_HANDSHAKE;
}

export function cookieOf(keys: Uint32Array, entry: number): number {
  return number64(keys, entry * FLOW_KEY_WORDS);
}

/** Last packet of a flow, ms of the monotonic clock. */
export function lastMsOf(values: Uint32Array, entry: number): number {
  return number64(values, entry * FLOW_WORDS + LAST_NS) / 1e6;
}

/** Lays one flow of the kernel's table into the next slot; `clockMs` is 1970 on the monotonic clock. */
export function takeFlow(
  keys: Uint32Array,
  values: Uint32Array,
  entry: number,
  clockMs: number,
  out: SocketSweep,
): void {
  const key = entry * FLOW_KEY_WORDS;
  const value = entry * FLOW_WORDS;
  const slot = out.count++;
  const handshake = isHandshake(keys, entry);
  out.handshake[slot] = handshake ? 1 : 0;
  out.cookie[slot] = number64(handshake ? values : keys, handshake ? value + LISTENER : key);
  for (let i = 0; i < 4; i++) {
    out.local[4 * slot + i] = swapped(keys[key + KEY_LOCAL + i]!);
    out.remote[4 * slot + i] = swapped(keys[key + KEY_REMOTE + i]!);
  }
  const ports = keys[key + KEY_PORTS]!;
  out.localPort[slot] = ports & 0xffff;
  out.remotePort[slot] = ports >>> 16;
  const protocol = keys[key + KEY_PROTOCOL]! & 0xff;
  out.protocol[slot] = protocol;
  out.ifIndex[slot] = values[value + INTERFACE]!;
  out.txBytes[slot] = number64(values, value + TX_BYTES);
  out.txPackets[slot] = number64(values, value + TX_PACKETS);
  out.rxBytes[slot] = number64(values, value + RX_BYTES);
  out.rxPackets[slot] = number64(values, value + RX_PACKETS);
  const flags = values[value + FLAGS]!;
  out.txFlags[slot] = flags & 0xff;
  out.rxFlags[slot] = (flags >>> 8) & 0xff;
  const sent = number64(values, value + FIRST_TX_NS);
  const received = number64(values, value + FIRST_RX_NS);
  const first = sent === 0 || (received !== 0 && received < sent) ? received : sent;
  const second = first === sent ? received : sent;
  out.firstMs[slot] = first / 1e6 + clockMs;
  // The coarse clock may be behind the exact one.
  out.lastMs[slot] = Math.max(first, second, number64(values, value + LAST_NS)) / 1e6 + clockMs;
  out.began[slot] = began(protocol, (flags >>> 16) & 0xff, first === sent);
  const known = out.began[slot] !== BEGAN.unknown && second !== 0;
  out.setupUs[slot] = known ? microseconds(second - first) : 0;
  const responseNs =
    protocol === IP_PROTOCOL_TCP || protocol === IP_PROTOCOL_UDP ? responseOf(values, value, out.began[slot]!) : null;
  out.responseUs[slot] = responseNs === null ? 0 : microseconds(responseNs);
  out.cgroup[slot] = number64(values, value + CGROUP);
  out.raw[slot] = values[value + RAW]! & 0xff;
  out.uid[slot] = values[value + UID] ?? UNKNOWN_UID;
  out.rttUs[slot] = values[value + RTT_US]!;
  out.retransmits[slot] = values[value + RETRANSMITS]!;
}

/**
 * From the first payload of who began to the first of the other side. Where that one speaks first, from the end of the handshake. Null: not known.
 */
function responseOf(values: Uint32Array, value: number, began: number): number | null {
  if (began === BEGAN.unknown) return null;
  const here = began === BEGAN.here;
  const asked = number64(values, value + (here ? TX_PAYLOAD_NS : RX_PAYLOAD_NS));
  const answered = number64(values, value + (here ? RX_PAYLOAD_NS : TX_PAYLOAD_NS));
  if (answered === 0) return null;
  if (asked !== 0 && asked <= answered) return answered - asked;
  const ready = number64(values, value + (here ? FIRST_RX_NS : ACCEPTED_NS));
  return ready === 0 || ready > answered ? null : answered - ready;
}

/** At least one, so that 0 is "not known". */
function microseconds(ns: number): number {
  return Math.min(0xffff_ffff, Math.max(1, Math.round(ns / 1e3)));
}

/** Whether a flow of the kernel's table counted what the slot has, and no more. */
export function hasCounted(values: Uint32Array, sweep: SocketSweep, slot: number): boolean {
  return (
    number64(values, TX_PACKETS) === sweep.txPackets[slot] && number64(values, RX_PACKETS) === sweep.rxPackets[slot]
  );
}

/** The key of a slot as the kernel's table has it: the reverse of `takeFlow`. */
export function writeKey(sweep: SocketSweep, slot: number, keys: Uint32Array, entry: number): void {
  const key = entry * FLOW_KEY_WORDS;
  const handshake = sweep.handshake[slot] === 1;
  const cookie = handshake ? 0 : sweep.cookie[slot]!;
  keys[key] = cookie % 0x1_0000_0000;
  keys[key + 1] = cookie / 0x1_0000_0000;
  for (let i = 0; i < 4; i++) {
    keys[key + KEY_LOCAL + i] = swapped(sweep.local[4 * slot + i]!);
    keys[key + KEY_REMOTE + i] = swapped(sweep.remote[4 * slot + i]!);
  }
  keys[key + KEY_PORTS] = sweep.localPort[slot]! | (sweep.remotePort[slot]! << 16);
  keys[key + KEY_PROTOCOL] = sweep.protocol[slot]! | (handshake ? ROLE_HANDSHAKE << 8 : 0);
}

/** Of TCP only the first packet of a handshake tells: the flow may be older than the programs. */
function began(protocol: number, firstFlags: number, sentFirst: boolean): number {
  if (protocol === IP_PROTOCOL_TCP && (firstFlags & (TCP_SYN | TCP_ACK)) !== TCP_SYN) return BEGAN.unknown;
  return sentFirst ? BEGAN.here : BEGAN.there;
}

function number64(words: Uint32Array, at: number): number {
  return words[at]! + words[at + 1]! * 0x1_0000_0000;
}

/** A word as the network has it, as a number of this machine, which is little-endian. */
function swapped(word: number): number {
  return ((word >>> 24) | ((word >>> 8) & 0xff00) | ((word & 0xff00) << 8) | (word << 24)) >>> 0;
}
