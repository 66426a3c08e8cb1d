import { open } from 'node:fs/promises';
import { asWeirError, unreadable } from '../base/index.ts';
import { FileSource, StreamSource } from './byte-sources.ts';
import { type ByteSource, ByteWindow } from './byte-window.ts';
import {
  type CaptureChunk,
  type CaptureDamageCause,
  type CaptureFacts,
  newCaptureChunk,
  newCaptureFacts,
  type RecordReader,
} from './capture.ts';
import { BadCompression, gunzip } from './gunzip.ts';
import { isPcap, PcapReader } from './pcap.ts';
import { isPcapng, PcapngReader } from './pcapng.ts';

/** A capture as chunks of packets, to be read once, from its start to its end. */
export interface CaptureReader extends AsyncIterable<CaptureChunk> {
  readonly facts: CaptureFacts;
}

/**
 * Opens a capture: pcap or pcapng in any of their forms, plain or gzip'd; the path of a file, or a stream of its bytes. A
 * damaged one gives what is before the damage and tells it in `facts.damage`; what is no capture gives nothing and
 * says `not_a_capture`. Throws a WeirError only where reading itself fails: no such file, no permission, a bad disk.
 */
export function openCapture(source: string | AsyncIterable<Uint8Array>): CaptureReader {
  const facts = newCaptureFacts();
  return { facts, [Symbol.asyncIterator]: () => readCapture(source, facts) };
}

async function* readCapture(
  source: string | AsyncIterable<Uint8Array>,
  facts: CaptureFacts,
): AsyncGenerator<CaptureChunk> {
  let bytes: ByteSource | null = null;
  try {
    bytes = typeof source === 'string' ? await openFile(source, facts) : new StreamSource(unpacked(source, facts));
    yield* readChunks(new ByteWindow(bytes), facts);
  } catch (error) {
    throw typeof source === 'string' ? unreadable(source, error) : asWeirError(error);
  } finally {
    await bytes?.close();
  }
}

/** What is packed, a pipe or a device is read as a stream. */
async function openFile(path: string, facts: CaptureFacts): Promise<ByteSource> {
  const file = await open(path);
  try {
    if ((await file.stat()).isFile()) {
      const head = new Uint8Array(2);
      await file.read(head, 0, head.length, 0);
      if (!isGzip(head)) return new FileSource(file);
    }
    return new StreamSource(unpacked(file.createReadStream(), facts));
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** RFC 1952 section 2.3.1. */
function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

/** The bytes as they are, or unpacked when they begin as gzip does. */
async function* unpacked(source: AsyncIterable<Uint8Array>, facts: CaptureFacts): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    let head: Uint8Array = new Uint8Array(0);
    while (head.length < 2) {
      const { value, done } = await iterator.next();
      if (done) break;
      head = head.length === 0 ? value : Buffer.concat([head, value]);
    }
    facts.gzip = isGzip(head);
    const whole = headThenRest(head, iterator);
    yield* facts.gzip ? gunzip(whole) : whole;
  } finally {
    await iterator.return?.();
  }
}

async function* headThenRest(head: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield head;
  for (;;) {
    const { value, done } = await iterator.next();
    if (done) return;
    yield value;
  }
}

async function* readChunks(window: ByteWindow, facts: CaptureFacts): AsyncGenerator<CaptureChunk> {
  const chunk = newCaptureChunk(window.view);
  let reader: RecordReader | null = null;
  let more = true;
  while (more && !facts.damage) {
    more = await fill(window, facts);
    reader ??= readerOf(window, facts);
    if (!reader) continue;
    do {
      chunk.count = 0;
      window.at = reader.read(window.view, window.at, window.end, window.offset, chunk);
      facts.packets += chunk.count;
      if (chunk.count > 0) yield chunk;
    } while (chunk.count > 0 && !facts.damage);
  }
  if (!reader && !facts.damage) noteDamage(facts, 'not_a_capture', 0);
  if (window.at !== window.end && !facts.damage) noteDamage(facts, 'truncated', window.offset + window.at);
}

/** Damage of the packing ends the stream, after what was unpacked. */
async function fill(window: ByteWindow, facts: CaptureFacts): Promise<boolean> {
  try {
    return await window.fill();
  } catch (error) {
    if (!(error instanceof BadCompression)) throw error;
    noteDamage(facts, 'bad_compression', window.offset + window.end);
    return false;
  }
}

function noteDamage(facts: CaptureFacts, cause: CaptureDamageCause, offset: number): void {
  facts.damage = { cause, offset };
}

/** Null until there are enough bytes to tell; damage when they are no capture's. */
function readerOf(window: ByteWindow, facts: CaptureFacts): RecordReader | null {
  if (window.end - window.at < 4) return null;
  if (isPcap(window.view, window.at)) return new PcapReader(facts);
  if (isPcapng(window.view, window.at)) return new PcapngReader(facts);
  noteDamage(facts, 'not_a_capture', 0);
  return null;
}
