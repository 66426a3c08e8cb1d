import { type Column, type FlowBatch, fillOf } from '../flow/index.ts';
import { likeMatcher } from './like.ts';
import type { FilterNode } from './node.ts';
import { addressesPredicate, addressPredicate, maskedPredicate } from './predicate-address.ts';
import { computedPredicate, narrowPredicate, numbersPredicate, widePredicate } from './predicate-number.ts';
import { SITE, siteSide } from './virtual.ts';

/** True for the rows of one batch that a filter selects. */
export type RowPredicate = (row: number) => boolean;
type Bind = (batch: FlowBatch) => RowPredicate;

/**
 * The filter as a function over batches: what can be prepared once is prepared here, the rest once for each batch; a row
 * costs no allocation. Columns outside the batch's shape have their `unknown` value.
 */
export function filterToPredicate(node: FilterNode): Bind {
  switch (node.kind) {
    case 'constant': {
      const { value } = node;
      return () => () => value;
    }
    case 'and':
      return both(node.of.map(filterToPredicate));
    case 'or':
      return either(node.of.map(filterToPredicate));
    case 'not': {
      const bind = filterToPredicate(node.of);
      return (batch) => {
        const holds = bind(batch);
        return (row) => !holds(row);
      };
    }
    case 'number':
      if (node.field.kind === 'computed') return computedPredicate(node.field.name, node.ranges);
      return isWide(node.field.column)
        ? widePredicate(node.field.column, node.ranges)
        : narrowPredicate(node.field.column, node.ranges);
    case 'address':
      return addressPredicate(node.column, node.ranges);
    case 'masked':
      return maskedPredicate(node.column, node.mask, node.value);
    case 'bits':
      return bits(node.column, node.mask, node.mode);
    case 'text': {
      const values = new Set(node.values);
      const { joined } = node.column;
      const has = (text: string) => values.has(text);
      return textTest(node.column, joined ? (text) => has(text) || text.split(joined).some(has) : has);
    }
    case 'like':
      return textTest(node.column, likeMatcher(node.pattern));
    case 'numbers':
      return numbersPredicate(node.left, node.op, node.right);
    case 'addresses':
      return addressesPredicate(node.left, node.op, node.right);
    default:
      return texts(node.left, node.op, node.right);
  }
}

function isWide(column: Column): boolean {
  return column.type === 'u64' || column.type === 'time';
}

function both(binds: readonly Bind[]): Bind {
  return (batch) => {
    const tests = binds.map((bind) => bind(batch));
    const [a, b] = tests;
    if (tests.length === 2 && a && b) return (row) => a(row) && b(row);
    return (row) => {
      for (let i = 0; i < tests.length; i++) if (!tests[i]!(row)) return false;
      return true;
    };
  };
}

function either(binds: readonly Bind[]): Bind {
  return (batch) => {
    const tests = binds.map((bind) => bind(batch));
    const [a, b] = tests;
    if (tests.length === 2 && a && b) return (row) => a(row) || b(row);
    return (row) => {
      for (let i = 0; i < tests.length; i++) if (tests[i]!(row)) return true;
      return false;
    };
  };
}

function bits(column: Column, mask: number, mode: 'all' | 'any'): Bind {
  return (batch) => {
    const array = batch.array(column.name);
    if (!array) {
      const value = fillOf(column) & mask;
      const holds = mode === 'all' ? value === mask : value !== 0;
      return () => holds;
    }
    return mode === 'all' ? (row) => (array[row]! & mask) === mask : (row) => (array[row]! & mask) !== 0;
  };
}

const NO = 1;
const YES = 2;

/** Each value of the dictionary is judged once, when a row first has it; 0 is one that is not judged yet. A list that grows keeps its verdicts. */
function textTest(column: Column, test: (text: string) => boolean): Bind {
  if (column.name === SITE.name) return siteTest(test);
  const judged = new WeakMap<readonly string[], { verdicts: Uint8Array }>();
  const empty = test('');
  return (batch) => {
    const codes = batch.array(column.name);
    if (!codes) return () => empty;
    const values = batch.textsOf(column.name);
    const known = judged.get(values) ?? { verdicts: new Uint8Array(values.length) };
    judged.set(values, known);
    const judge = (code: number): boolean => {
      const text = values[code];
      if (text === undefined) return empty;
      if (code >= known.verdicts.length) {
        const grown = new Uint8Array(Math.max(values.length, 2 * known.verdicts.length));
        grown.set(known.verdicts);
        known.verdicts = grown;
      }
      const holds = test(text);
      known.verdicts[code] = holds ? YES : NO;
      return holds;
    };
    return (row) => {
      const code = codes[row]!;
      const { verdicts } = known;
      const verdict = code < verdicts.length ? verdicts[code]! : 0;
      return verdict === 0 ? judge(code) : verdict === YES;
    };
  };
}

function siteTest(test: (text: string) => boolean): Bind {
  const [source, destination] = SITE.columns.map((column) => textTest(column, test)) as [Bind, Bind];
  return (batch) => {
    const side = siteSide(batch);
    const ofSource = source(batch);
    const ofDestination = destination(batch);
    return (row) => (side(row) === 0 ? ofSource(row) : ofDestination(row));
  };
}

function texts(left: Column, op: '=' | '!=', right: Column): Bind {
  return (batch) => {
    const a = textReader(batch, left);
    const b = textReader(batch, right);
    return op === '=' ? (row) => a(row) === b(row) : (row) => a(row) !== b(row);
  };
}

function textReader(batch: FlowBatch, column: Column): (row: number) => string {
  if (column.name === SITE.name) {
    const side = siteSide(batch);
    const readers = SITE.columns.map((c) => textReader(batch, c));
    return (row) => readers[side(row)]!(row);
  }
  const codes = batch.array(column.name);
  const values = batch.textsOf(column.name);
  return codes ? (row) => values[codes[row]!] ?? '' : () => '';
}
