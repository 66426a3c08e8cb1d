/** More than any ClientHello has; what a hostile client sends beyond is left out. */
const MOST_BYTES = 16_384;
const MOST_PARTS = 64;

/** A handshake whose parts come in several packets, in any order and more than once. */
export class HandshakeParts {
  private readonly parts: { readonly offset: number; readonly bytes: Buffer }[] = [];

  add(offset: number, bytes: Buffer): void {
    if (this.parts.length >= MOST_PARTS || offset + bytes.length > MOST_BYTES) return;
    this.parts.push({ offset, bytes });
    this.parts.sort((a, b) => a.offset - b.offset);
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
