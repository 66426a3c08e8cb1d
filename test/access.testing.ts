import { type IncomingHttpHeaders, request } from 'node:http';

/** What a test sends beside method and path. */
export interface Sent {
  readonly body?: unknown;
  readonly cookie?: string;
  readonly csrf?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the node answers; each test looks at it.
  readonly json: any;
}

/** One request, the path as it stands: `fetch` would tidy it up. */
export function call(origin: string, method: string, path: string, sent: Sent = {}): Promise<Got> {
  const { hostname, port } = new URL(origin);
  const body = sent.body === undefined ? undefined : JSON.stringify(sent.body);
  const headers = {
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(sent.cookie === undefined ? {} : { cookie: sent.cookie }),
    ...(sent.csrf === undefined ? {} : { 'x-weir-csrf': sent.csrf }),
    ...(sent.token === undefined ? {} : { authorization: `Bearer ${sent.token}` }),
    ...sent.headers,
  };
  return new Promise((resolve, reject) => {
    const asking = request(
      { host: hostname.replace(/^\[|\]$/g, ''), port, method, path, headers, agent: false },
      (response) => {
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('end', () => {
          const text = Buffer.concat(pieces).toString();
          let json: unknown = text;
          try {
            json = JSON.parse(text);
          } catch {
            // It is a page or a list of counters.
          }
          resolve({ status: response.statusCode ?? 0, headers: response.headers, json });
        });
      },
    );
    asking.on('error', reject);
    asking.end(body);
  });
}

/** Whoever signed in. */
export interface SignedIn {
  readonly cookie: string;
  readonly csrf: string;
}

export async function signIn(origin: string, name: string, password: string): Promise<SignedIn> {
  const got = await call(origin, 'POST', '/api/v1/session', { body: { name, password } });
  if (got.status !== 200) throw new Error(`${name} cannot sign in: ${got.status} ${JSON.stringify(got.json)}`);
  return { cookie: cookieOf(got), csrf: got.json.csrf };
}

/** NAME=VALUE of the cookie that an answer sets. */
export function cookieOf({ headers }: Got): string {
  return headers['set-cookie']![0]!.split(';')[0]!;
}
