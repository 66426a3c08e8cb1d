import type { Dialect } from './dialect.ts';
import type { ExportedFlow } from './exported-flow.ts';
import type { Field } from './fields.ts';

interface Options {
  readonly id: number;
  readonly fields: readonly Field[];
}

/** A number that a record of options has under its own element's name. */
function value(element: number, length: 1 | 4 | 8): Field {
  return {
    element,
    length,
    write: (view, at, record) => {
      const n = Number(record[`ie${element}`] ?? 0);
      if (length === 1) return view.setUint8(at, n);
      if (length === 4) return view.setUint32(at, n);
      view.setUint32(at, Math.floor(n / 4_294_967_296));
      view.setUint32(at + 4, n >>> 0);
    },
  };
}

/**
 * The sampling of the whole stream in both forms: interval and algorithm (34, 35), which old collectors read, and packet interval and space
 * (305, 306; RFC 5477), which nfcapd reads.
 */
export function SAMPLING_OPTIONS({ scopeElement }: Dialect): Options {
  return { id: 256, fields: [value(scopeElement, 4), value(34, 4), value(35, 1), value(305, 4), value(306, 4)] };
}

/** 35: 1 is deterministic, 2 random. What an exporter did is not kept; one packet in N by count says no more than we know. */
export function samplingRecord(dialect: Dialect, domain: number, rate: number): ExportedFlow {
  return { ...scope(dialect, domain), ie34: rate, ie35: 1, ie305: 1, ie306: rate - 1 };
}

/** What this exporter has sent in the stream, and has not (RFC 7011, section 4.1 and the registry: totals since it began). */
export function STATISTICS_OPTIONS({ scopeElement }: Dialect): Options {
  return { id: 257, fields: [value(scopeElement, 4), value(40, 8), value(41, 8), value(42, 8), value(166, 8)] };
}

export function statisticsRecord(
  dialect: Dialect,
  domain: number,
  sent: { readonly bytes: number; readonly messages: number; readonly flows: number; readonly notSent: number },
): ExportedFlow {
  return { ...scope(dialect, domain), ie40: sent.bytes, ie41: sent.messages, ie42: sent.flows, ie166: sent.notSent };
}

function scope({ name, scopeElement }: Dialect, domain: number): ExportedFlow {
  return { [`ie${scopeElement}`]: name === 'ipfix' ? domain : 0 };
}
