/** Names of autonomous systems as plain data over shared memory: sorted numbers, and where the name of each ends in the bytes. */
export interface AsNamesHandle {
  readonly numbers: Uint32Array;
  readonly ends: Uint32Array;
  /** UTF-8, one name behind the other. */
  readonly bytes: Uint8Array;
}

/** A name is shown in a column of a table: what is longer is no name. */
const MOST_NAME_BYTES = 255;

const utf8 = new TextDecoder();

/** The names of all autonomous systems that sources name. A name is made a string when somebody asks for it: there are 80,000. */
export class AsNames {
  private readonly handle: AsNamesHandle;

  constructor(handle: AsNamesHandle) {
    this.handle = handle;
  }

  /** Empty where no source names it. */
  name(asn: number): string {
    const { numbers, ends, bytes } = this.handle;
    let low = 0;
    let high = numbers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (numbers[middle]! < asn) low = middle + 1;
      else high = middle;
    }
    if (numbers[low] !== asn) return '';
    // A copy: text cannot be decoded from memory that threads share.
    return utf8.decode(bytes.slice(low === 0 ? 0 : ends[low - 1]!, ends[low]!));
  }
}

/** Of each number the first source counts that names it. */
export function asNamesHandle(sources: readonly ReadonlyMap<number, string>[]): AsNamesHandle {
  const names = new Map<number, Buffer>();
  for (const source of sources)
    for (const [asn, name] of source) {
      if (!names.has(asn) && name !== '') names.set(asn, Buffer.from(name).subarray(0, MOST_NAME_BYTES));
    }
  const sorted = [...names].sort(([a], [b]) => a - b);
  const all = Buffer.concat(sorted.map(([, name]) => name));
  const shared = (bytes: number) => new SharedArrayBuffer(bytes);
  const handle = {
    numbers: new Uint32Array(shared(4 * sorted.length)),
    ends: new Uint32Array(shared(4 * sorted.length)),
    bytes: new Uint8Array(shared(all.length)),
  };
  handle.bytes.set(all);
  let end = 0;
  sorted.forEach(([asn, name], i) => {
    end += name.length;
    handle.numbers[i] = asn;
    handle.ends[i] = end;
  });
  return handle;
}
