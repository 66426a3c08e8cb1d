import { readFileSync } from 'node:fs';
import { WeirError, whyUnreadable } from '../base/index.ts';
import type { CaptureOptions, MeterSettings } from '../ingest/index.ts';
import type { NodeConfig } from './settings.ts';

/** What is captured, and how it is metered; null where nothing is. */
export function captureOf(config: NodeConfig): CaptureOptions | null {
  if (config.capture.length === 0) return null;
  const twice = config.capture.find((name, i) => config.capture.indexOf(name) !== i);
  if (twice !== undefined) throw new WeirError('config', `capture: ${twice} is named twice`);
  const { capture_keys: file, capture_sampling: sampling } = config;
  const duplicates: MeterSettings['duplicates'] = config.capture_duplicates === 'counted' ? 'counted' : 'left_out';
  const meter = { idleMs: config.capture_idle, activeMs: config.capture_active, duplicates, ...sampling };
  return {
    interfaces: config.capture,
    ringBytes: config.capture_ring,
    meter: file === null ? meter : { ...meter, keys: { file, text: readKeys(file) } },
  };
}

function readKeys(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new WeirError('config', `capture_keys: ${file}: ${whyUnreadable(error)}`, { cause: error });
  }
}
