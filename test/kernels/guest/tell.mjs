import { writeSync } from 'node:fs';

/** The console of the guest: test/kernels/boot-guest.mjs reads it. */
function tell(what) {
  writeSync(1, `\n@weir ${JSON.stringify(what)}\n`);
}

export function fact(name, value) {
  tell({ fact: name, value });
}

export function check(name, ok, seen) {
  tell({ check: name, ok, seen });
}

export function end() {
  tell({ end: true });
}
