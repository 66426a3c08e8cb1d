/**
 * Where the payload begins behind the ESP header, and how many bytes of check value (ICV) follow the trailer, with NULL encryption
 * (RFC 5879 section 8.1 lists them). In this order:
 * HMAC-SHA1-96, HMAC-MD5-96, AES-XCBC-MAC-96, AES-CMAC-96; HMAC-SHA2-256-128; HMAC-SHA2-384-192; HMAC-SHA2-512-256;
 * none, as it is under AH; GMAC (RFC 4543), which has an initialization vector.
 */
const LAYOUTS = [
  [0, 12],
  [0, 16],
  [0, 24],
  [0, 32],
  [0, 0],
  [8, 16],
] as const;

export const LAYOUT_COUNT = LAYOUTS.length;
export const VECTOR_BYTES = Uint8Array.from(LAYOUTS, ([vector]) => vector);
export const CHECK_BYTES = Uint8Array.from(LAYOUTS, ([, check]) => check);
