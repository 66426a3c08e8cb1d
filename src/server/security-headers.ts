/**
 * What every answer over HTTP tells browsers, beside `cache-control`. A page sets its own content policy; what is no page may load nothing and be framed nowhere.
 * Permissions Policy, Referrer Policy: W3C; X-Frame-Options: RFC 7034; X-Content-Type-Options, Cross-Origin-Opener-Policy: WHATWG Fetch and HTML.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'permissions-policy': 'camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
