/** The API over TLS, as curl, openssl and the commands of Weir see it. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { remove, startNode, type TestNode, tempFolder, until, weir } from './node.testing.ts';

const run = promisify(execFile);
const scratch = tempFolder();
const nodes: TestNode[] = [];
afterAll(async () => {
  for (const node of nodes) await node.stop();
  remove(scratch);
});

async function start(name: string, ...flags: string[]) {
  const node = await startNode(join(scratch, name), ['--no-host', '--http', 'localhost:0', ...flags]);
  nodes.push(node);
  return { node, url: node.http.replace('http:', 'https:') };
}

/** What curl prints; where it fails, its exit code. */
async function curl(...args: string[]): Promise<string> {
  try {
    return (await run('curl', ['-sS', '--max-time', '30', ...args])).stdout;
  } catch (error) {
    return `exit ${(error as { code: number }).code}`;
  }
}

/** The end of a connection that openssl made, as it tells it. */
async function client(url: string, ...args: string[]): Promise<string> {
  const words = ['s_client', '-connect', new URL(url).host, ...args];
  // With an end of its input it says good-bye; it fails where nobody vouches for the certificate.
  const ended = run('sh', ['-c', 'openssl "$@" < /dev/null', 'sh', ...words]).catch((error: object) => error);
  const { stdout } = (await ended) as { stdout: string };
  return stdout;
}

const health = async (url: string, ca: string) =>
  JSON.parse(await curl('--cacert', ca, `${url}/api/v1/health`)) as {
    findings: { level: string; subject: string; text: string }[];
  };
const tlsFinding = async (url: string, ca: string) =>
  (await health(url, ca)).findings.find(({ subject }) => subject === 'tls');

/** An authority, and a certificate of it for 127.0.0.1 that ends after so many days. */
function issue(name: string, days: number): { cert: string; key: string; ca: string } {
  const at = (file: string) => join(scratch, file);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const ca = at('ca.pem');
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc'];
  try {
    statSync(ca);
  } catch {
    openssl('req', '-x509', ...newKey, '-keyout', at('ca.key'), '-out', ca, '-subj', '/CN=Test CA', '-days', '9');
  }
  const [key, cert, request, more] = [at(`${name}.key`), at(`${name}.pem`), at(`${name}.csr`), at(`${name}.ext`)];
  writeFileSync(more, 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  openssl('req', ...newKey, '-keyout', key, '-out', request, '-subj', `/CN=${name}`);
  const by = ['-CA', ca, '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', more];
  openssl('x509', '-req', '-in', request, ...by, '-days', String(days), '-out', cert);
  return { cert, key, ca };
}

describe('with a certificate that the node made', { timeout: 300_000 }, () => {
  test('clients that trust it get in, and no others; the key is for the node alone', async () => {
    const { node, url } = await start('made', '--https', 'on');
    expect(node.stdout()).toContain(`api ${url}\ndashboard ${url}\nready\n`);
    const tls = join(node.data, 'tls');
    const ca = join(tls, 'cert.pem');
    expect(statSync(join(tls, 'key.pem')).mode & 0o777).toBe(0o600);
    const fingerprint = new X509Certificate(readFileSync(ca)).fingerprint256;
    expect(node.stderr()).toContain(fingerprint);

    expect(await curl(`${url}/api/v1/health`)).toBe('exit 60');
    const headers = await curl('--cacert', ca, '-D', '-', '-o', '/dev/null', `${url}/`);
    expect(headers).toMatch(/^HTTP\/1\.1 200/);
    // Nobody else vouches for it: a browser that was told so would let its user past no warning any more.
    expect(headers).not.toMatch(/strict-transport-security/i);
    expect(await curl('--cacert', ca, '--tls-max', '1.1', `${url}/`)).toMatch(/^exit (35|4)$/);
    expect(await client(url, '-CAfile', ca, '-verify_ip', '127.0.0.1', '-tls1_2')).toMatch(
      /Verify return code: 0 \(ok\)/,
    );

    const ask = (...args: string[]) => weir('query', '--metrics', 'records', '--server', url, ...args);
    expect((await ask('--ca', ca)).code).toBe(0);
    expect((await ask('--fingerprint', fingerprint)).code).toBe(0);
    expect((await ask()).stderr).toMatch(/nobody vouches for its certificate .*--ca FILE.*--fingerprint/s);
    expect((await ask('--fingerprint', '00'.repeat(32))).stderr).toMatch(/fingerprint .* this is another node/);
    expect((await ask('--fingerprint', '12')).code).toBe(2);
    expect(await tlsFinding(url, ca)).toMatchObject({ level: 'ok', text: expect.stringContaining(fingerprint) });

    await node.stop();
    const again = await start('made', '--https', 'on');
    expect(await curl('--cacert', ca, '-o', '/dev/null', '-w', '%{http_code}', `${again.url}/`)).toBe('200');
  });
});

describe('with a certificate of the operator', { timeout: 300_000 }, () => {
  test('another one is used at once on SIGHUP, and what is open goes on; what cannot be used is told', async () => {
    const first = issue('first', 8);
    const [cert, key] = [join(scratch, 'used.pem'), join(scratch, 'used.key')];
    const use = (from: { cert: string; key: string }) => {
      copyFileSync(from.key, key);
      copyFileSync(from.cert, cert);
    };
    use(first);
    const { node, url } = await start('own', '--tls-cert', cert, '--tls-key', key);
    const { ca } = first;
    expect(await curl('--cacert', ca, '-D', '-', '-o', '/dev/null', `${url}/`)).toMatch(
      /strict-transport-security: max-age=31536000/i,
    );
    // It ends within 14 days.
    expect(await tlsFinding(url, ca)).toMatchObject({ level: 'warn', text: expect.stringMatching(/runs out on 20/) });

    const stream = spawn('curl', ['-sSN', '--cacert', ca, `${url}/api/v1/live?seconds=1000`]);
    let lines = 0;
    stream.stdout.on('data', (text: Buffer) => {
      lines += text.toString().split('\n').length - 1;
    });
    await until(
      () => Promise.resolve(lines),
      (n) => n > 0,
    );
    const second = issue('second', 90);
    use(second);
    process.kill(node.pid, 'SIGHUP');
    const shown = async () => /subject=CN *= *(\w+)/.exec(await client(url, '-CAfile', ca))?.[1];
    await until(shown, (name) => name === 'second');
    const before = lines;
    await until(
      () => Promise.resolve(lines),
      (n) => n > before + 1,
    );
    expect(stream.exitCode).toBeNull();
    stream.kill();
    expect(await tlsFinding(url, ca)).toMatchObject({ level: 'ok' });

    // The certificate of one, the key of another: somebody is in the middle of copying, or mistaken.
    copyFileSync(first.key, key);
    process.kill(node.pid, 'SIGHUP');
    await until(
      () => tlsFinding(url, ca),
      (finding) => /is not the key of the certificate/.test(finding?.text ?? ''),
    );
    expect(await shown()).toBe('second');
  });

  test('a node does not start on two that do not belong together, nor on one alone', async () => {
    const [a, b] = [issue('a', 8), issue('b', 8)];
    mkdirSync(join(scratch, 'wrong'), { recursive: true });
    const up = (...flags: string[]) =>
      weir('up', '--data', join(scratch, 'wrong'), '--no-host', '--http', 'localhost:0', '--netflow', 'off', ...flags);
    const mixed = await up('--tls-cert', a.cert, '--tls-key', b.key);
    expect(mixed.stderr).toMatch(/tls_key: .*b\.key is not the key of the certificate in .*a\.pem/);
    expect(mixed.code).toBe(2);
    const alone = await up('--tls-cert', a.cert);
    expect(alone.stderr).toMatch(/--tls-cert: needs tls_key as well/);
    expect(alone.code).toBe(2);
  });

  test('one that has run out is served, because all else would be worse, and told as a failure', async () => {
    const old = issue('old', -1);
    const { url } = await start('old', '--tls-cert', old.cert, '--tls-key', old.key);
    expect(await curl('--cacert', old.ca, `${url}/`)).toBe('exit 60');
    const answer = await curl('-k', `${url}/api/v1/health`);
    expect(answer).toMatch(/"level":"fail","subject":"tls","text":"the certificate ran out on 20/);
    const { stderr } = await weir('query', '--server', url, '--ca', old.ca);
    expect(stderr).toMatch(/its certificate has run out/);
  });
});
