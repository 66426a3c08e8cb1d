import {
  type AddressWords,
  addressWords,
  type Column,
  columnOf,
  FlowBatch,
  fillOf,
  parseAddress,
} from '../../flow/index.ts';
import type { RefilledFlow } from '../../wire/index.ts';

/** A record on its way to the encoder: by the names of columns; unknown values are absent or undefined. */
export type MutableFlow = RefilledFlow;

/** Texts of a column that are remembered by code; beyond it they begin anew. */
const TEXTS = 8_192;

type Write = (flow: MutableFlow) => void;

/** A batch of one row that is filled with one record after the other, so that a filter can judge them. */
export class RecordRow {
  readonly batch: FlowBatch;
  private readonly writes: readonly Write[];
  /** Raised when texts began anew: predicates that were bound before must be bound again. */
  revision = 0;

  /** `names`: the columns that filters read. */
  constructor(names: readonly string[]) {
    this.batch = new FlowBatch(1, names);
    this.batch.rows = 1;
    this.writes = names.map((name) => this.writerOf(columnOf(name)));
  }

  fill(flow: MutableFlow): void {
    for (let i = 0; i < this.writes.length; i++) this.writes[i]!(flow);
  }

  private writerOf(column: Column): Write {
    const { name, type } = column;
    if (type === 'address') return this.addressWriter(name);
    if (type === 'text') return this.textWriter(name);
    const array = this.batch.array(name)!;
    const fill = fillOf(column);
    if (column.names === 'mac') {
      return (flow) => {
        const [high, low] = macWords(flow[name]);
        array[0] = low;
        array[1] = high;
      };
    }
    if (type === 'u64' || type === 'time') {
      return (flow) => {
        const value = wholeNumber(flow[name], 0);
        array[0] = value >>> 0;
        array[1] = Math.floor(value / 4_294_967_296);
      };
    }
    if (type === 'enum') {
      return (flow) => {
        const value = flow[name];
        array[0] = typeof value === 'string' ? Math.max(0, column.values!.indexOf(value)) : wholeNumber(value, fill);
      };
    }
    return (flow) => {
      array[0] = wholeNumber(flow[name], fill);
    };
  }

  private addressWriter(name: string): Write {
    const { hi, lo } = addressWords(name);
    const high = this.batch.u32(hi);
    const low = this.batch.u32(lo);
    return (flow) => {
      const words = wordsOfFlow(flow, name);
      high[1] = words?.[0] ?? 0;
      high[0] = words?.[1] ?? 0;
      low[1] = words?.[2] ?? 0;
      low[0] = words?.[3] ?? 0;
    };
  }

  private textWriter(name: string): Write {
    const codes = this.batch.u32(name);
    const known = new Map<string, number>([['', 0]]);
    let texts = [''];
    this.batch.texts[name] = texts;
    return (flow) => {
      const text = String(flow[name] ?? '');
      let code = known.get(text);
      if (code === undefined) {
        if (texts.length >= TEXTS) {
          known.clear();
          texts = [''];
          known.set('', 0);
          this.batch.texts[name] = texts;
          this.revision += 1;
        }
        code = texts.length;
        texts.push(text);
        known.set(text, code);
      }
      codes[0] = code;
    };
  }
}

/** The address as four words; null where it is not known. */
export function wordsOfFlow(flow: MutableFlow, name: string): AddressWords | null {
  const value = flow[name];
  if (typeof value === 'object') return value as unknown as AddressWords;
  return typeof value === 'string' ? parseAddress(value) : null;
}

/** A counter of more than 53 bits comes as a text, and is judged to that. */
export function wholeNumber(value: string | number | Uint32Array | undefined, unknown: number): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : unknown;
}

function macWords(value: string | number | Uint32Array | undefined): readonly [number, number] {
  if (typeof value === 'object') return [value[0]!, value[1]!];
  const digits = typeof value === 'string' ? value.replaceAll(':', '') : '';
  if (!/^[0-9a-f]{12}$/i.test(digits)) return [0, 0];
  return [Number.parseInt(digits.slice(0, 4), 16), Number.parseInt(digits.slice(4), 16)];
}
