/** SPI and sequence number (RFC 4303 section 2). */
export const HEADER_BYTES = 8;

/** Where plain text was found; filled again for each packet. */
export class PlainText {
  view: DataView = new DataView(new ArrayBuffer(0));
  at = 0;
  end = 0;
  nextHeader = 0;

  /** True, so that who found it can say so in one statement. */
  found(view: DataView, at: number, end: number, nextHeader: number): true {
    this.view = view;
    this.at = at;
    this.end = end;
    this.nextHeader = nextHeader;
    return true;
  }
}
