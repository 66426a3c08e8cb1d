import { expect, it } from 'vitest';
import { guestFindings } from './guest-findings.ts';

const GUEST = { interface: 'vnet0', name: 'web1', named_by: 'configuration', metered: true, problem: '' } as const;

it('guests that are metered are told with who named them, and one that cannot be is a warning with what to do', () => {
  expect(guestFindings([])).toEqual([]);
  const [failed, metered] = guestFindings([
    GUEST,
    { ...GUEST, interface: 'vnet1', name: 'vnet1', named_by: 'interface' },
    { ...GUEST, interface: 'tap0', metered: false, problem: 'EPERM' },
  ]);
  expect(metered).toMatchObject({
    level: 'ok',
    text: 'guests are metered at their interfaces: web1 on vnet0 (named by configuration), vnet1 on vnet1 (named after its interface)',
  });
  expect(failed).toMatchObject({ level: 'warn', text: 'guest web1 on tap0 is not metered: EPERM' });
  expect(failed!.advice).toContain('host_guests');
});
