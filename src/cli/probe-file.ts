import { existsSync } from 'node:fs';
import { addAbortSignal } from 'node:stream';
import { WeirError } from '../base/index.ts';
import type { Metering } from '../meter/index.ts';
import { type CaptureReader, openCapture } from '../packet/index.ts';
import { interfaceNames } from '../system/index.ts';
import { fileStream } from './file-stream.ts';
import { READ_BYTES, statOf } from './open-input.ts';
import type { ProbeExports } from './probe-exports.ts';
import type { ProbeStop } from './probe-stop.ts';

/** Flows that end at once, at most, before collectors are given time to take them. */
const FLOWS_AT_ONCE = 100;

/** Throws where a name, which is no interface, is no capture file either: before collectors are told anything. */
export async function checkCapture(path: string): Promise<void> {
  if (!existsSync(path)) {
    const names = interfaceNames().join(', ');
    throw new WeirError('not_found', `--capture ${path}: no such file or interface; there are ${names}`);
  }
  const stats = statOf(path);
  // What a pipe gives can be read once only.
  if (!stats.isFile()) return;
  if (stats.size === 0) throw new WeirError('usage', `--capture ${path}: the file is empty`);
  const capture = openCapture(path);
  const chunks = capture[Symbol.asyncIterator]();
  await chunks.next();
  await chunks.return?.();
  if (capture.facts.damage?.cause === 'not_a_capture')
    throw new WeirError(
      'usage',
      `--capture ${path}: neither an interface nor a capture (pcap, pcapng), plain or gzip-compressed`,
    );
}

/**
 * Meters a capture at the speed at which collectors take its flows, until it ends or the signal is raised, which also breaks a read that waits (a named
 * pipe). Throws for damage; what stood before it was metered.
 */
export async function meterCapture(
  path: string,
  metering: Metering,
  exports: ProbeExports,
  stop: ProbeStop,
): Promise<void> {
  const { signal } = stop;
  const capture = openCapture(addAbortSignal(signal, fileStream(path, READ_BYTES)));
  try {
    await meterChunks(capture, metering, exports, stop);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (signal.aborted) return;
  const { damage } = capture.facts;
  if (damage) {
    const { cause, offset } = damage;
    throw new WeirError(
      'corrupt',
      `${path}: the file is damaged (${cause} at byte ${offset}): the flows of what stands before were sent`,
    );
  }
}

async function meterChunks(
  capture: CaptureReader,
  metering: Metering,
  exports: ProbeExports,
  { signal, pace }: ProbeStop,
): Promise<void> {
  const { counts } = metering.meter;
  let records = counts.records;
  exports.tick(Date.now());
  for await (const { view, at, captured, original, linkType, timeMs, interfaceId, count } of capture) {
    for (let i = 0; i < count; i++) {
      metering.packet(view, at[i]!, captured[i]!, original[i]!, linkType[i]!, timeMs[i]!, interfaceId[i]! + 1);
      const ended = metering.meter.counts.records - records;
      if (ended < FLOWS_AT_ONCE) continue;
      records += ended;
      await pace(ended);
      if (signal.aborted) return;
    }
    exports.tick(Date.now());
    if (signal.aborted) return;
  }
}

/** Ends the open flows, no faster than collectors take them; until somebody does not want to wait for that. */
export async function finishFlows(
  metering: Metering,
  exports: ProbeExports,
  { hurry, pace }: ProbeStop,
): Promise<void> {
  while (!hurry.aborted && !metering.meter.finish(FLOWS_AT_ONCE)) {
    await pace(FLOWS_AT_ONCE);
    exports.tick(Date.now());
  }
}
