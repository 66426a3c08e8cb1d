import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
const PACKINGS = { br: pack, gzip: (bytes: Buffer) => gzipSync(bytes, { level: 9 }) } as const;
type Packing = keyof typeof PACKINGS;

/** A file of the dashboard, as it is sent. */
export interface WebFile {
  readonly type: string;
  readonly etag: string;
  /** The content, packed as the client takes it, and how; '' as it is. */
  as(accepted: string): { readonly packing: Packing | ''; readonly content: Buffer };
}

/** The pages (web/src/app/router.tsx). Each is the same document: its program reads the address. */
export const PAGES: readonly string[] = [
  '/',
  '/explore',
  '/flows',
  '/hosts',
  '/host/:address',
  '/applications',
  '/networks',
  '/views',
  '/quality',
  '/add',
  '/dashboard/:id',
  '/p/:id',
  '/settings',
  '/first',
  '/docs',
  '/docs/*',
];

/** The built dashboard. All of it is known at the start: what is asked for is looked up by its whole path, and none leads to another file of this machine. */
export class WebFiles {
  private readonly files = new Map<string, WebFile>();
  private readonly page: string;

  private constructor(folder: string) {
    this.page = readFileSync(join(folder, 'index.html'), 'utf8');
    for (const name of readdirSync(join(folder, 'assets'))) {
      const type = TYPES[extname(name)];
      if (type !== undefined) this.files.set(`/assets/${name}`, webFile(join(folder, 'assets', name), type));
    }
  }

  /** Null where it was not built: the node answers all the same. */
  static open(folder = fileURLToPath(new URL('../web', import.meta.url))): WebFiles | null {
    return existsSync(join(folder, 'index.html')) ? new WebFiles(folder) : null;
  }

  file(path: string): WebFile | undefined {
    return this.files.get(path);
  }

  /** The page, with a number that is used once: only styles that carry it are applied. */
  pageWith(nonce: string): string {
    return this.page.replaceAll('%NONCE%', nonce);
  }
}

/** 128 bits, as Content Security Policy Level 3 section 7.1 asks for. */
export function newNonce(): string {
  return randomBytes(16).toString('base64');
}

/**
 * What the page may do: load its own parts and ask its own node, nothing else. Styles that scripts set on an element are not styles in the text of the page, and need
 * no permission.
 */
export function contentPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function webFile(path: string, type: string): WebFile {
  const content = readFileSync(path);
  const packed = new Map<Packing, Buffer>();
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  return {
    type,
    etag,
    as(accepted) {
      const packing = (['br', 'gzip'] as const).find((p) =>
        new RegExp(`\\b${p}\\b(?!;\\s*q=0(\\.0*)?(,|$))`).test(accepted),
      );
      if (packing === undefined) return { packing: '', content };
      const kept = packed.get(packing) ?? PACKINGS[packing](content);
      packed.set(packing, kept);
      return { packing, content: kept };
    },
  };
}

/** Half a second of CPU for all files, once, when the first browser comes; the highest level takes ten times as long for a twentieth less. */
function pack(bytes: Buffer): Buffer {
  return brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } });
}
