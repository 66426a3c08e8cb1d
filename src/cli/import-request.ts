import type { ImportRequest } from '../ingest/index.ts';

/** An import as the API takes it: the file is the body. */
export function importParameters({
  file,
  sha256,
  again,
  as,
  sampling,
  ports = [],
  meter = {},
}: ImportRequest): URLSearchParams {
  const parameters = {
    name: file,
    as,
    sha256,
    again: again || undefined,
    sampling,
    port: ports.length > 0 ? ports.join() : undefined,
    idle: meter.idleMs,
    active: meter.activeMs === null ? 'off' : meter.activeMs,
    outer: meter.outer || undefined,
    sampling_method: meter.samplingMethod,
    duplicates: meter.duplicates,
    max_flows: meter.maxFlows,
  };
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) said.set(name, String(value));
  return said;
}

/** Keys go in a header: URLs are written into logs. */
export function importHeaders({ meter }: ImportRequest): Record<string, string> {
  return meter?.keys === undefined ? {} : { 'weir-esp-keys': Buffer.from(meter.keys.text).toString('base64') };
}
