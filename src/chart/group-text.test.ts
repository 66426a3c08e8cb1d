import { expect, it } from 'vitest';
import { groupText, valueText } from './group-text.ts';

it('says of an autonomous system its number and, where that is known, its name', () => {
  const names = { as_names: { 15169: 'Google LLC' } };
  expect(valueText('dst_as', '15169', names)).toBe('AS15169 Google LLC');
  expect(valueText('src_peer_as', '64496', names)).toBe('AS64496');
  expect(valueText('dst_as', '15169')).toBe('AS15169');
  expect(valueText('dst_as', '0', names)).toBe('not known');
});

it('leaves other values as they are, and says of none that it is not known', () => {
  expect(valueText('dst_port', '15169', { as_names: { 15169: 'Google LLC' } })).toBe('15169');
  expect(valueText('application', '')).toBe('not known');
  expect(groupText(['src_as', 'application'], { as_names: { 1: 'Level 3' } })(['1', ''])).toBe(
    'AS1 Level 3 · not known',
  );
});

it('takes no name from what every object has', () => {
  expect(valueText('dst_as', 'constructor', { as_names: {} })).toBe('ASconstructor');
});

it('calls exporters and interfaces by name, and never an interface by that of another exporter', () => {
  const names = { exporter_names: { '192.0.2.1': 'north' }, interface_names: { '192.0.2.1': { 1: 'uplink' } } };
  const text = groupText(['in_if', 'exporter'], names);
  expect(text(['1', '192.0.2.1'])).toBe('uplink (1) · north (192.0.2.1)');
  expect(text(['1', '192.0.2.2'])).toBe('1 · 192.0.2.2');
  expect(text(['2', '192.0.2.1'])).toBe('2 · north (192.0.2.1)');
  expect(groupText(['in_if'], names)(['1'])).toBe('1');
});
