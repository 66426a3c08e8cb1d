import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { querySchema, REPORTS } from '../query/index.ts';
import { type TestStore, testStore } from '../query/store.testing.ts';
import { testApi } from './api.testing.ts';

const scratch = mkdtempSync(join(tmpdir(), 'weir-api-'));
let store: TestStore;
beforeAll(async () => {
  store = await testStore([]);
});
afterAll(() => store.close());

const json = <T = Record<string, unknown>>(response: { json(): unknown }) => response.json() as T;

it('the OpenAPI document is whole: 3.1, every route, every parameter and answer with a schema', async () => {
  const document = json(
    await (await testApi(store, scratch)).inject({ url: '/api/v1/openapi.json' }),
  ) as unknown as OpenApi;
  expect(document.openapi).toBe('3.1.0');
  const paths = Object.keys(document.paths);
  for (const path of [
    'query',
    'flows',
    'export',
    'report/{name}',
    'exporters',
    'quality',
    'columns',
    'filter/complete',
    'filter/check',
    'queries',
    'queries/{id}',
    'health',
  ]) {
    expect(paths).toContain(`/api/v1/${path}`);
  }
  expect(paths).toContain('/metrics');
  const ids = new Set<string>();
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      expect(operation.summary, `${method} ${path}`).toBeTruthy();
      expect(operation.responses['200'], `${method} ${path}`).toBeDefined();
      expect(ids.has(`${method} ${path}`)).toBe(false);
      ids.add(`${method} ${path}`);
      const named = (operation.parameters ?? []).filter((p) => p.in === 'path').map((p) => p.name);
      expect(named).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]));
      for (const parameter of operation.parameters ?? [])
        expect(parameter.schema, `${path} ${parameter.name}`).toBeDefined();
    }
  }
  // Every reference resolves.
  for (const [, ref] of JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)) {
    const target = ref!
      .replace('#/', '')
      .split('/')
      .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document);
    expect(target, ref).toBeDefined();
  }
  const query = document.paths['/api/v1/query']!.post!.requestBody!.content['application/json']!.schema;
  expect(Object.keys(query.properties)).toEqual(
    expect.arrayContaining(['from', 'to', 'filter', 'by', 'metrics', 'every']),
  );
});

it('every route says who may use it', async () => {
  const document = json<OpenApi>(await (await testApi(store, scratch)).inject({ url: '/api/v1/openapi.json' }));
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      expect(['nobody', 'viewer', 'operator', 'admin'], `${method} ${path}`).toContain(operation['x-needs']);
    }
  }
});

it('the reference page has every route', async () => {
  const page = readFileSync(new URL('../../docs/reference/api.md', import.meta.url), 'utf8');
  const document = json<OpenApi>(await (await testApi(store, scratch)).inject({ url: '/api/v1/openapi.json' }));
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const method of Object.keys(methods)) {
      const row = page
        .split('\n')
        .find(
          (line) =>
            line.startsWith('| `') && line.includes(path.replace(/\{(\w+)\}/, (_, n: string) => n.toUpperCase())),
        );
      expect(row, path).toContain(method.toUpperCase());
    }
  }
});

it('the reference pages have every field of a question and every report', () => {
  const [api, commands] = ['api', 'cli'].map((name) =>
    readFileSync(new URL(`../../docs/reference/${name}.md`, import.meta.url), 'utf8'),
  );
  const body = /Body: `([^`]+)`/.exec(api!)?.[1]?.replaceAll('[]', '').split(', ');
  expect(body?.sort()).toEqual(Object.keys(querySchema.shape).sort());
  for (const { name } of REPORTS) {
    expect(lineWith(api!, 'report/NAME`')).toContain(`\`${name}\``);
    expect(lineWith(commands!, 'A ready-made report')).toContain(`\`${name}\``);
  }
});

function lineWith(page: string, words: string): string {
  return page.split('\n').find((line) => line.includes(words)) ?? '';
}

interface OpenApi {
  readonly openapi: string;
  readonly paths: Record<
    string,
    Record<
      string,
      {
        readonly summary?: string;
        readonly 'x-needs'?: string;
        readonly responses: Record<string, object>;
        readonly parameters?: readonly { name: string; in: string; schema?: object }[];
        readonly requestBody?: { content: Record<string, { schema: { properties: object } }> };
      }
    >
  >;
}
