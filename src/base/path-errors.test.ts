import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { WeirError } from './errors.ts';
import { unreadable, unwritable } from './path-errors.ts';

/** What a call of the operating system raises. */
function raised(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was raised');
}

test('a path that cannot be read is told in words, and what the system said is kept as the cause', () => {
  const cause = raised(() => readFileSync('/nonexistent/keys'));
  expect(unreadable('keys', cause)).toMatchObject({ code: 'not_found', message: 'keys: no such file', cause });
  expect(
    unreadable(
      '/',
      raised(() => readFileSync('/')),
    ),
  ).toMatchObject({
    code: 'system',
    message: '/: a directory, not a file',
  });
});

test.each([
  ['ENOSPC', 'disk_full', /^out\.csv: the file system is full \(ENOSPC\): make room/],
  ['EDQUOT', 'disk_full', /^out\.csv: the quota/],
  ['EACCES', 'system', /^out\.csv: this user may not write there \(EACCES\)/],
  ['EXDEV', 'system', /^out\.csv: said by the system$/],
])('a path that cannot be written for %s has code %s', (errno, code, message) => {
  const error = unwritable('out.csv', Object.assign(new Error('said by the system'), { code: errno }));
  expect(error.code).toBe(code);
  expect(error.message).toMatch(message);
});

test('what is not of the operating system stays as it is', () => {
  const own = new WeirError('cancelled', 'the export was cancelled');
  expect(unwritable('out.csv', own)).toBe(own);
  expect(unreadable('keys', own)).toBe(own);
  const ofNode = Object.assign(new Error('it is closed'), { code: 'ERR_STREAM_DESTROYED' });
  expect(unwritable('out.csv', ofNode)).toMatchObject({ code: 'internal', message: 'it is closed' });
});
