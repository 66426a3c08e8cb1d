import { expect, test } from 'vitest';
import { bytes, u16, u32 } from '../packet/frames.testing.ts';
import { CONTENT_BYTES, contentOf } from './import-content.ts';

const HEADER = bytes(u32(0xa1b2c3d4), u16(2), u16(4), u32(0), u32(0), u32(65_535), u32(1));

/** A frame of UDP with this payload. */
function frame(payload: ArrayLike<number>, port: number): Uint8Array {
  const udp = bytes(u16(40_000), u16(port), u16(8 + payload.length), u16(0), payload);
  const ip = bytes([0x45, 0], u16(20 + udp.length), u32(0), [64, 17], u16(0), [192, 0, 2, 1], [192, 0, 2, 2], udp);
  return bytes(new Uint8Array(12), u16(0x0800), ip);
}

const capture = (...frames: readonly Uint8Array[]) =>
  bytes(HEADER, ...frames.map((f) => bytes(u32(1_700_000_000), u32(0), u32(f.length), u32(f.length), f)));

const V5 = bytes(u16(5), u16(1), u32(0), u32(1_700_000_000), new Uint8Array(12), new Uint8Array(48));
const exported = (port = 2055) => frame(V5, port);
const asked = frame([1, 2, 3, 4], 53);

test('half of the UDP datagrams as exports make a capture of exports, on any port; fewer do not', async () => {
  expect(await contentOf(capture(exported(), asked), [])).toEqual({
    content: 'export',
    reason: '1 of 2 UDP datagrams hold exports',
  });
  expect((await contentOf(capture(exported(777), asked), [])).content).toBe('export');
  expect(await contentOf(capture(exported(), asked, asked), [])).toEqual({
    content: 'traffic',
    reason: 'only 1 of 3 UDP datagrams holds exports; --as export reads those',
  });
  expect((await contentOf(capture(asked), [])).reason).toBe('none of 1 UDP datagram holds exports');
});

test('a port that is named holds exports whatever they look like', async () => {
  expect((await contentOf(capture(asked), [53])).content).toBe('export');
});

test('a beginning that ends amid a packet is judged by what is there of it', async () => {
  const many = capture(...Array.from({ length: 9_000 }, () => exported()));
  const found = await contentOf(many.subarray(0, CONTENT_BYTES), []);
  expect(found.content).toBe('export');
  expect(found.reason).toMatch(/^([\d,]+) of \1 UDP datagrams in the first \1 packets hold exports$/);
});

test('bytes that are no capture, and none at all, do not stop it', async () => {
  expect(await contentOf(new Uint8Array(0), [])).toEqual({ content: 'traffic', reason: 'there is no UDP datagram' });
  expect(
    (
      await contentOf(
        Uint8Array.from({ length: 1000 }, (_, i) => i * 7),
        [],
      )
    ).content,
  ).toBe('traffic');
});
