/** Bytes of a path that are kept: longer texts cannot be entered in a dictionary. */
const MOST_BYTES = 240;
const SPACE = 0x20;
const ZERO = 0x30;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const DOT = 0x2e;

/** A path as people write it, `64500 64501 {64510 64511}`, made in bytes that are used again: no string for each packet. */
export class AsPathText {
  readonly bytes = new Uint8Array(MOST_BYTES + 16);
  length = 0;
  private readonly digits = new Uint8Array(10);
  private full = false;

  clear(): void {
    this.length = 0;
    this.full = false;
  }

  /** The sets of a path have braces: their order says nothing. */
  openSet(): void {
    if (this.full) return;
    this.separate();
    this.bytes[this.length++] = OPEN;
  }

  closeSet(): void {
    if (!this.full) this.bytes[this.length++] = CLOSE;
  }

  add(as: number): void {
    if (this.full) return;
    if (this.length > MOST_BYTES - 14) {
      this.full = true;
      this.bytes[this.length++] = SPACE;
      for (let i = 0; i < 3; i++) this.bytes[this.length++] = DOT;
      return;
    }
    this.separate();
    let count = 0;
    let rest = as;
    do {
      this.digits[count++] = rest % 10;
      rest = Math.floor(rest / 10);
    } while (rest > 0);
    while (count > 0) this.bytes[this.length++] = ZERO + this.digits[--count]!;
  }

  private separate(): void {
    if (this.length > 0 && this.bytes[this.length - 1] !== OPEN) this.bytes[this.length++] = SPACE;
  }
}
