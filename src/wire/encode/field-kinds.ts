import { columnOf } from '../../flow/index.ts';
import { WEIR_ELEMENT } from '../elements/registry.ts';
import { addressOf, counterOf, type ExportedFlow, macOf, numberOf, type REVERSE, textOf } from './exported-flow.ts';

/** RFC 7011, section 7: the length of a field whose records say how long it is. */
export const VARIABLE = 65_535;
/** Texts are cut here, so that their length is one octet. */
export const MAX_TEXT = 254;

/** An information element of a template and how its value is written. */
export interface Field {
  readonly element: number;
  readonly length: number;
  /** Whose element it is where it is not IANA's. */
  readonly pen?: number;
  readonly write: (view: DataView, at: number, flow: ExportedFlow) => void;
  /** Where the length is VARIABLE: the bytes that the value takes, its own length among them. */
  readonly measure?: (view: DataView, at: number) => number;
  /** The column whose text it is. */
  readonly text?: Column;
}

export type Column = Parameters<typeof columnOf>[0];
/** What a number is read from. */
export type Source = Column | (typeof REVERSE)[number];

export function u8(element: number, column: Source): Field {
  return { element, length: 1, write: (view, at, flow) => view.setUint8(at, numberOf(flow, column)) };
}
export function u16(element: number, column: Source): Field {
  return { element, length: 2, write: (view, at, flow) => view.setUint16(at, numberOf(flow, column)) };
}
export function u32(element: number, column: Source): Field {
  return { element, length: 4, write: (view, at, flow) => view.setUint32(at, numberOf(flow, column)) };
}

/** A counter of 64 bits. */
export function counter(element: number, column: Source): Field {
  return {
    element,
    length: 8,
    write: (view, at, flow) => {
      const value = counterOf(flow, column);
      if (typeof value === 'bigint') return view.setBigUint64(at, value);
      view.setUint32(at, Math.floor(value / 4_294_967_296));
      view.setUint32(at + 4, value >>> 0);
    },
  };
}

/** ms since 1970. */
export function time(element: number, column: Source): Field {
  return counter(element, column);
}

export function address(element: number, column: Column, words: 1 | 4): Field {
  return {
    element,
    length: 4 * words,
    write: (view, at, flow) => {
      const value = addressOf(flow, column);
      for (let i = 0; i < words; i++) view.setUint32(at + 4 * i, value?.[(4 - words + i) as 0 | 1 | 2 | 3] ?? 0);
    },
  };
}

export function mac(element: number, column: Column): Field {
  return {
    element,
    length: 6,
    write: (view, at, flow) => {
      const words = macOf(flow, column);
      view.setUint16(at, words[0]);
      view.setUint32(at + 2, words[1]);
    },
  };
}

/** The place of a name among those of its column, moved by `shift` where the element counts otherwise. */
export function named(element: number, column: Column, shift = 0): Field {
  const names = columnOf(column).values ?? [];
  return {
    element,
    length: 1,
    write: (view, at, flow) => view.setUint8(at, Math.max(0, names.indexOf(textOf(flow, column)) + shift)),
  };
}

/** Label, three bits of no use to us, and the bottom of the stack (RFC 3032), which only the last one is. */
export function mplsLabel(element: number, column: Column, next: Column | null): Field {
  return {
    element,
    length: 3,
    write: (view, at, flow) => {
      const bottom = flow[column] !== undefined && (next === null || flow[next] === undefined) ? 1 : 0;
      const word = ((numberOf(flow, column) & 0xf_ffff) << 4) | bottom;
      view.setUint16(at, word >>> 8);
      view.setUint8(at + 2, word & 255);
    },
  };
}

const encoder = new TextEncoder();
const letters = new Uint8Array(MAX_TEXT);

/** RFC 7011, section 7: one octet of length, then the text; whole characters of it. */
export function words(element: number, column: Column): Field {
  return {
    element,
    length: VARIABLE,
    text: column,
    write: (view, at, flow) => {
      const text = textOf(flow, column);
      const written = text === '' ? 0 : encoder.encodeInto(text, letters).written;
      view.setUint8(at, written);
      for (let i = 0; i < written; i++) view.setUint8(at + 1 + i, letters[i]!);
    },
    measure: (view, at) => 1 + view.getUint8(at),
  };
}

export const icmp = (element: number): Field => ({
  element,
  length: 2,
  write: (view, at, flow) => {
    view.setUint8(at, numberOf(flow, 'icmp_type'));
    view.setUint8(at + 1, numberOf(flow, 'icmp_code'));
  },
});

/** What the rate is of, where it is not of packets: 1 flows, with both directions; 2 records, each by itself. */
export const flowSampled: Field = {
  element: WEIR_ELEMENT.flowSampled,
  length: 1,
  write: (view, at, flow) =>
    view.setUint8(at, flow.sampling_origin === 'flows' ? 1 : flow.sampling_origin === 'records' ? 2 : 0),
};
