import { expect, test } from 'vitest';
import {
  CISCO_ENDPOINT_ELEMENTS,
  NTOP_PROCESS_ELEMENTS,
  NVZFLOW_ELEMENTS,
  NVZFLOW_LOGGED_IN_USER,
  NVZFLOW_MODULE_NAMES,
  ZIFTEN_ELEMENTS,
} from './process-elements.ts';
import { elementName, findElement, findNetflow9Element } from './registry.ts';

const TEXT = new Set([
  'process',
  'executable',
  'command',
  'package',
  'container',
  'user',
  'parent',
  'parent_user',
  'host',
  'parent_executable',
]);
const TABLES = [
  ...NVZFLOW_ELEMENTS,
  NVZFLOW_LOGGED_IN_USER,
  ...CISCO_ENDPOINT_ELEMENTS,
  ...NTOP_PROCESS_ELEMENTS,
  ...ZIFTEN_ELEMENTS,
];

test.each(TABLES.map((e) => [elementName(e.pen, e.id), e] as const))(
  '%s is in the registry, in both numberings',
  (_, e) => {
    const element = findElement(e.pen, e.id)!;
    if (e.netflow9) expect(findNetflow9Element(e.netflow9)).toEqual(element);
    expect(element.type === 'text').toBe(TEXT.has(e.fact));
  },
);

test('each element carries one fact', () => {
  expect(new Set(TABLES.map((e) => `${e.pen}/${e.id}`)).size).toBe(TABLES.length);
});

test('the module list of nvzFlow is a list of names', () => {
  expect(findElement(NVZFLOW_MODULE_NAMES.pen, NVZFLOW_MODULE_NAMES.id)).toMatchObject({ type: 'basic_list' });
});

test.each([
  [168, 'pid', 'source'],
  [169, 'process', 'source'],
  [372, 'user', 'source'],
  [373, 'parent_pid', 'source'],
  [374, 'parent', 'source'],
  [376, 'process', 'destination'],
  [558, 'container', 'source'],
  [491, 'host', 'source'],
])('nProbe 35632.%d is the %s of the %s', (id, fact, side) => {
  expect(NTOP_PROCESS_ELEMENTS.find((e) => e.id === id)).toMatchObject({ fact, side, netflow9: 57_472 + id });
});
