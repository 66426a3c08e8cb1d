import type { PacketFields } from './packet-fields.ts';

/**
 * Sees into packets of ESP (RFC 4303), where that can be done. One object, asked for each packet; its members say what was found until it is
 * asked again.
 */
export interface EspOpener {
  /** Where the plain text is: the view that was dissected, or one of its own. */
  readonly view: DataView;
  /** The header of the transport, or of the IP packet inside, and the end of what is there of it: padding and trailer are not. */
  readonly at: number;
  readonly end: number;
  readonly nextHeader: number;
  /** IPSEC.null or IPSEC.decrypted. */
  readonly ipsec: number;

  /**
   * The ESP header is at `fields.payloadAt` of `fields.data`, in UDP (RFC 3948) as well; `fields.spi` is read, the addresses are those of the IP
   * header around it. `fields.cut` or `fields.fragment` say that the packet's end, and with it the trailer, is not there. Must not write
   * to `fields`.
   */
  open(fields: PacketFields): boolean;
}
