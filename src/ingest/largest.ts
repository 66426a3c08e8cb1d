/** The `limit` largest of any number of values, by key: a heap whose first is the smallest of them (Knuth, The Art of Computer Programming 3, 5.2.3). */
export class Largest<T> {
  private readonly limit: number;
  private readonly keys: number[] = [];
  private readonly values: T[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Whether a value with this key would be kept. */
  takes(key: number): boolean {
    return this.keys.length < this.limit || key > this.keys[0]!;
  }

  add(key: number, value: T): void {
    const { keys, values } = this;
    if (keys.length < this.limit) {
      keys.push(key);
      values.push(value);
      this.rise(keys.length - 1);
    } else if (key > keys[0]!) {
      keys[0] = key;
      values[0] = value;
      this.sink();
    }
  }

  /** The largest first; of the same key in no order. */
  sorted(): T[] {
    const { keys, values } = this;
    return keys
      .map((key, i) => ({ key, value: values[i]! }))
      .sort((a, b) => b.key - a.key)
      .map(({ value }) => value);
  }

  private rise(from: number): void {
    let i = from;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (this.keys[parent]! <= this.keys[i]!) return;
      this.swap(i, parent);
      i = parent;
    }
  }

  private sink(): void {
    const { keys } = this;
    for (let i = 0; ; ) {
      let least = 2 * i + 1;
      if (least >= keys.length) return;
      if (least + 1 < keys.length && keys[least + 1]! < keys[least]!) least += 1;
      if (keys[i]! <= keys[least]!) return;
      this.swap(i, least);
      i = least;
    }
  }

  private swap(a: number, b: number): void {
    const { keys, values } = this;
    [keys[a], keys[b]] = [keys[b]!, keys[a]!];
    [values[a], values[b]] = [values[b]!, values[a]!];
  }
}
