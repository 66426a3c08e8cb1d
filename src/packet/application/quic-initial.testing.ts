import { createCipheriv } from 'node:crypto';

/** RFC 9001 appendix A.1: keys of a client whose server it calls 8394c8f03e515708. */
const KEY = Buffer.from('1f369613dd76d5467730efcbe3b1a22d', 'hex');
const IV = Buffer.from('fa044b2f42a3fd3b46fb255c', 'hex');
const MASK_KEY = Buffer.from('9f50449e04a0e810283a1e9933adedd2', 'hex');
/** A.2: a ClientHello for example.com. */
const HELLO = Buffer.from(
  '010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c00000413011302010000c0' +
    '00000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d001700180010000700050461' +
    '6c706e000500050100000000003300260024001d00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1c' +
    'e15d43e994ec74d748002b0003020304000d0010000e0403050306030203080408050806002d00020101001c00' +
    '024001003900320408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394' +
    'c8f03e51570806048000ffff',
  'hex',
);
const PACKET_BYTES = 1200;
const TAG_BYTES = 16;
const NUMBER_BYTES = 4;

/** The Initial packet of appendix A.2, or one with a part of its ClientHello. */
export function initialPacket(number = 2, from = 0, to = HELLO.length): Buffer {
  const head = Buffer.from('c300000001088394c8f03e5157080000449e00000000', 'hex');
  head.writeUInt32BE(number, head.length - NUMBER_BYTES);
  const payload = Buffer.alloc(PACKET_BYTES - head.length - TAG_BYTES);
  payload.set([6, 0x40 | (from >> 8), from & 0xff, 0x40 | ((to - from) >> 8), (to - from) & 0xff]);
  HELLO.copy(payload, 5, from, to);
  const nonce = Buffer.from(IV);
  nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ number) >>> 0, 8);
  const cipher = createCipheriv('aes-128-gcm', KEY, nonce);
  cipher.setAAD(head);
  const packet = Buffer.concat([head, cipher.update(payload), cipher.final(), cipher.getAuthTag()]);
  const mask = createCipheriv('aes-128-ecb', MASK_KEY, null).update(packet.subarray(head.length, head.length + 16));
  packet[0]! ^= mask[0]! & 0x0f;
  for (let i = 0; i < NUMBER_BYTES; i++) packet[head.length - NUMBER_BYTES + i]! ^= mask[1 + i]!;
  return packet;
}
