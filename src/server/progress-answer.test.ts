import { mkdtempSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog, WeirError } from '../base/index.ts';
import { type TestStore, testStore } from '../query/store.testing.ts';
import { AuditLog } from './access/audit-log.ts';
import { testApi } from './api.testing.ts';
import { localQueryService } from './local-query-service.ts';
import type { Ask, QueryService } from './query-service.ts';

const scratch = mkdtempSync(join(tmpdir(), 'weir-progress-'));
const ACCEPTS = { host: 'localhost', accept: 'application/jsonl, application/json' };
let store: TestStore;
let real: QueryService;
beforeAll(async () => {
  store = await testStore([]);
  real = localQueryService(store, { maxRunning: 2, maxWaiting: 4, timeoutMs: 20_000, scratchDirectory: scratch });
});
afterAll(() => store.close());

/** The service, each question held up until it is let go or ended. */
function held() {
  let release = (_: WeirError | null) => {};
  let asked: Ask = {};
  const service: QueryService = {
    ...real,
    query: async (query, ask = {}) => {
      asked = ask;
      const error = await new Promise<WeirError | null>((resolve) => {
        release = resolve;
        ask.signal?.addEventListener('abort', () => resolve(new WeirError('cancelled', 'the query was cancelled')));
      });
      if (error) throw error;
      return real.query(query, ask);
    },
  };
  return { service, release: (error: WeirError | null = null) => release(error), ask: () => asked };
}

/** Its lines as they come; resolves with all of them. */
function ask(port: number, onLine: (line: Record<string, unknown>, cut: () => void) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path: '/api/v1/query', headers: ACCEPTS }, (answer) => {
      expect(answer.headers['content-type']).toBe('application/jsonl; charset=utf-8');
      let text = '';
      answer.on('data', (piece: Buffer) => {
        text += piece;
        for (const line of String(piece).split('\n').filter(Boolean)) onLine(JSON.parse(line), () => sent.destroy());
      });
      answer.on('end', () => resolve(text));
      answer.on('error', () => resolve(text));
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('answers that take long', () => {
  it('are a plain document where they come at once, or where nobody asked for lines', async () => {
    const app = await testApi(store, scratch);
    for (const headers of [ACCEPTS, { host: 'localhost' }]) {
      const { headers: got, body } = await app.inject({ url: '/api/v1/query', headers });
      expect(got['content-type']).toMatch(/^application\/json/);
      expect(JSON.parse(body)).toHaveProperty('quality');
    }
    await app.close();
  });

  it('say how far they are, and are the same answer', async () => {
    const slow = held();
    const app = await testApi(store, scratch, { service: slow.service });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as { port: number };
    const told: unknown[] = [];
    const text = await ask(port, ({ progress }) => {
      if (progress === undefined) return;
      told.push(progress);
      if (told.length === 1) slow.ask().onProgress?.(0.25);
      if (told.length === 2) slow.release();
    });
    expect(told.slice(0, 2)).toEqual([0, 0.25]);
    const { answer } = JSON.parse(text.trim().split('\n').at(-1)!);
    const { total, columns } = answer;
    expect(total).toHaveProperty('bytes');
    expect(columns.length).toBeGreaterThan(0);
    await app.close();
  });

  it('fail in their last line, and in the audit log by the status that this is', async () => {
    const slow = held();
    const directory = mkdtempSync(join(tmpdir(), 'weir-audit-'));
    const audit = new AuditLog(join(directory, 'audit.jsonl'), createLog({ style: 'json', level: 'silent' }));
    const app = await testApi(store, scratch, { service: slow.service, audit });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as { port: number };
    const text = await ask(port, () => slow.release(new WeirError('memory', 'too much')));
    expect(JSON.parse(text.trim().split('\n').at(-1)!).error).toMatchObject({ code: 'memory', message: 'too much' });
    const { body } = await app.inject({ url: '/api/v1/audit', headers: { host: 'localhost' } });
    expect(JSON.parse(body).entries.map(({ status }: { status: number }) => status)).toContain(507);
    await app.close();
  });

  it('end when whoever waits goes away', async () => {
    const slow = held();
    const app = await testApi(store, scratch, { service: slow.service });
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as { port: number };
    await ask(port, (_, cut) => cut()).catch(() => {});
    await expect.poll(() => slow.ask().signal?.aborted, { timeout: 20_000 }).toBe(true);
    await app.close();
  });
});
