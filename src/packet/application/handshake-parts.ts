/** More than any ClientHello has; what a hostile client sends beyond is left out. */
const MOST_BYTES = 16_384;
const MOST_PARTS = 64;

/** A handshake whose parts come in several packets, in any order and more than once. */
export class HandshakeParts {
  private readonly parts: { readonly offset: number; readonly bytes: Buffer }[] = [];
  private kept = 0;

  /** Keeps a copy: the bytes may be of a ring that is written again, or the only ones wanted of a large packet. */
  add(offset: number, bytes: Buffer): void {
    if (this.parts.length >= MOST_PARTS || bytes.length === 0 || offset + bytes.length > MOST_BYTES) return;
    if (this.kept + bytes.length > MOST_BYTES) return;
    this.kept += bytes.length;
    // Not of Node's pool, of which a part would keep 8 kB.
    const copy = Buffer.alloc(bytes.length);
    copy.set(bytes);
    this.parts.push({ offset, bytes: copy });
    this.parts.sort((a, b) => a.offset - b.offset);
  }

  get isBegun(): boolean {
    return this.parts.length > 0;
  }

  /** From its beginning to the first byte that has not come. */
  bytes(): Buffer {
    const pieces: Buffer[] = [];
    let end = 0;
    for (const { offset, bytes } of this.parts) {
      if (offset > end) break;
      if (offset + bytes.length <= end) continue;
      pieces.push(bytes.subarray(end - offset));
      end = offset + bytes.length;
    }
    return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
  }
}
