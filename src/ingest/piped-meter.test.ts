import { afterEach, describe, expect, test } from 'vitest';
import { pipedCounters } from './piped-counters.ts';
import { METER_OPTIONS, meterMessages, meterProgram } from './piped-meter.testing.ts';
import { PipedMeter } from './piped-meter.ts';

const QUERY = { filter: '', sets: {}, order: 'bytes', reverse: false, limit: 10, duplicates: 'counted' } as const;

let meter: PipedMeter | null = null;
afterEach(async () => {
  await meter?.stop();
  meter = null;
});

function piped(program: string, gone?: (why: string) => void) {
  const counters = pipedCounters();
  const seen = { messages: [] as Buffer[], ended: 0, resumed: [] as number[], lines: [] as string[] };
  let ahead = 0;
  const made = new PipedMeter(
    program,
    counters,
    {
      message: (bytes, at, length) => seen.messages.push(Buffer.from(bytes.subarray(at, at + length))),
      ended: () => {
        seen.ended += 1;
      },
      resumed: (fromMs) => seen.resumed.push(fromMs),
      log: (level, text) => seen.lines.push(`${level} ${text}`),
      ...(gone ? { gone } : {}),
    },
    { wall: () => Date.now(), steady: () => performance.now() + ahead },
  );
  meter = made;
  const pass = (ms: number) => {
    ahead += ms;
    made.tick();
  };
  return { meter: made, counters, seen, pass };
}

async function eventually(holds: () => boolean, each: () => void = () => {}): Promise<void> {
  for (let i = 0; i < 200 && !holds(); i++) {
    each();
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  expect(holds()).toBe(true);
}

describe('a meter in a process of its own', () => {
  test('is there once it begun, and its messages come as it wrote them', async () => {
    const messages = meterMessages(20, Date.now());
    const program = meterProgram(`status('ebpf', ['no tp_btf']); write('all');`, { all: Buffer.concat(messages) });
    const { meter, seen, counters } = piped(program);
    expect(await meter.begin(METER_OPTIONS)).toBeNull();
    expect(meter.status).toMatchObject({ level: 'ebpf', notes: ['no tp_btf'], restarts: 0, counters: { open: 7 } });
    expect(seen.lines).toEqual(['info this host is metered: level ebpf (no tp_btf)']);
    await eventually(() => seen.messages.length === messages.length);
    expect(seen.messages).toEqual(messages);
    expect(counters.get('messages')).toBe(messages.length);
    expect(counters.get('open')).toBe(7);
  });

  test('hands on all that it still wrote when it is told to end', async () => {
    const messages = meterMessages(500, Date.now());
    const program = meterProgram(
      `status(); orders = (order) => { if (order.type === 'stop') { write('all'); process.exit(0); } };`,
      { all: Buffer.concat(messages) },
    );
    const { meter, seen } = piped(program);
    await meter.begin(METER_OPTIONS);
    await meter.stop();
    expect(seen.messages).toEqual(messages);
    expect(seen.ended).toBe(1);
    expect(meter.status.restarts).toBe(0);
  });

  test('is started again when it was killed, and tells since when nobody metered', async () => {
    const program = meterProgram(`status(); setInterval(status, 50); write('all');`, {
      all: Buffer.concat(meterMessages(2, Date.now())),
    });
    const { meter, seen, counters, pass } = piped(program);
    await meter.begin(METER_OPTIONS);
    const { pid } = meter.status;
    await eventually(() => seen.messages.length > 0);
    const killedMs = Date.now();
    process.kill(pid!, 'SIGKILL');
    await eventually(() => seen.ended === 1);
    // Until another one says that it meters, nobody does.
    expect(meter.status).toMatchObject({ level: 'none', pid: null, givenUp: false, restarts: 1 });
    pass(1_000);
    expect(meter.status).toMatchObject({ level: 'none', pid: null, counters: {} });
    expect(meter.status.trouble).toContain('SIGKILL');
    expect(counters.get('up')).toBe(0);
    await eventually(
      () => seen.resumed.length === 1,
      () => pass(100),
    );
    await eventually(() => meter.status.level === 'ebpf');
    expect(meter.status.pid).not.toBe(pid);
    expect(meter.status.pid).not.toBeNull();
    expect(Math.abs(seen.resumed[0]! - killedMs)).toBeLessThan(1_000);
    expect(counters.get('died')).toBe(1);
  });

  test.each([
    ['not_ipfix', Buffer.from('GET / HTTP/1.1')],
    ['bad_length', Buffer.from([0, 10, 0, 15, 0, 0, 0, 0])],
  ] as const)('that writes what is no message (%s) is ended, counted and started again', async (cause, bytes) => {
    const good = meterMessages(1, Date.now());
    const program = meterProgram(`status(); write('all'); setInterval(status, 50);`, {
      all: Buffer.concat([...good, bytes, ...good]),
    });
    const { seen, counters, meter, pass } = piped(program);
    await meter.begin(METER_OPTIONS);
    await eventually(() => seen.ended === 1);
    expect(counters.get(cause)).toBe(1);
    expect(seen.messages).toEqual(good);
    await eventually(
      () => seen.messages.length === 2 * good.length,
      () => pass(200),
    );
  });

  test('that ends at once is tried less and less often', async () => {
    const { meter, seen, pass } = piped(meterProgram('process.exit(3)'));
    expect(await meter.begin(METER_OPTIONS)).toBeNull();
    expect(seen.ended).toBe(1);
    const tries: number[] = [];
    for (let waited = 0; waited < 8_000; waited += 125) {
      const before = meter.status.restarts;
      pass(125);
      // One that was just started ends in this time.
      if (seen.ended === before) await new Promise((resolve) => setTimeout(resolve, 1));
      for (let i = 0; i < 100 && hasStarted(meter); i++) await new Promise((resolve) => setTimeout(resolve, 10));
      if (meter.status.restarts > before) tries.push(waited);
    }
    expect(tries.length).toBeGreaterThanOrEqual(4);
    expect(tries.length).toBeLessThanOrEqual(6);
    expect(meter.status.trouble).toBe('it ended by itself (exit code 3)');
  });

  test('that says nothing any more is ended', async () => {
    const { meter, counters, pass, seen } = piped(meterProgram('status(); setInterval(() => {}, 1000);'));
    await meter.begin(METER_OPTIONS);
    for (let second = 0; second < 29; second++) pass(1_000);
    expect(counters.get('silent')).toBe(0);
    for (let second = 0; second < 2; second++) pass(1_000);
    await eventually(() => seen.ended === 1);
    expect(counters.get('silent')).toBe(1);
  });

  test('is not taken for silent because the node itself stood still: what it said meanwhile is read first', async () => {
    const { meter, counters, pass, seen } = piped(meterProgram('status(); setInterval(status, 50);'));
    await meter.begin(METER_OPTIONS);
    for (let pause = 0; pause < 3; pause++) {
      pass(3_600_000);
      pass(200);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    expect(counters.get('silent')).toBe(0);
    expect(seen.ended).toBe(0);
    // One that is silent from then on is found all the same.
    process.kill(meter.status.pid!, 'SIGSTOP');
    await eventually(
      () => seen.ended === 1,
      () => pass(1_000),
    );
    expect(counters.get('silent')).toBe(1);
  });

  test('that cannot meter here is not started again, and the log says why', async () => {
    const program = meterProgram(
      `send({ type: 'status', level: 'none', notes: ['no rights'], counters: {} }); setTimeout(() => process.exit(0), 50);`,
    );
    const { meter, seen, pass } = piped(program);
    expect(await meter.begin(METER_OPTIONS)).toBeNull();
    await eventually(() => seen.ended === 1);
    pass(120_000);
    expect(meter.status).toMatchObject({ level: 'none', notes: ['no rights'], givenUp: true, restarts: 0 });
    expect(seen.lines).toEqual(['warn this host is not metered (no rights): weir doctor says what to change']);
  });

  test('that refuses its orders says why before the node starts', async () => {
    const program = meterProgram(`send({ type: 'failed', code: 'config', message: 'policy.yaml: line 3: no' });`);
    const { meter } = piped(program);
    expect(await meter.begin(METER_OPTIONS)).toEqual({ code: 'config', message: 'policy.yaml: line 3: no' });
  });

  test('that was prepared does nothing before it is to meter, and is not taken for silent', async () => {
    const { meter, seen, pass } = piped(
      meterProgram(`orders = (order) => order.type === 'stop' ? process.exit(0) : status();`),
    );
    meter.prepare();
    pass(60_000);
    expect(meter.status).toMatchObject({ level: 'none', pid: null });
    expect(await meter.begin(METER_OPTIONS)).toBeNull();
    expect(meter.status).toMatchObject({ level: 'ebpf', restarts: 0 });
    expect(seen.ended).toBe(0);
  });

  test('is not started again where nobody has the rights, and whoever has it is told why', async () => {
    const gone: string[] = [];
    const { meter, seen, pass } = piped(meterProgram('status(); setTimeout(() => process.exit(3), 50);'), (why) =>
      gone.push(why),
    );
    await meter.begin(METER_OPTIONS);
    await eventually(() => seen.ended === 1);
    pass(120_000);
    expect(gone).toEqual(['it ended by itself (exit code 3)']);
    expect(meter.status).toMatchObject({ level: 'none', pid: null, restarts: 1 });
  });

  test('that says nothing at first is waited for ten seconds, and then with a warning no more', async () => {
    const { meter, seen } = piped(meterProgram(`orders = (order) => order.type === 'stop' && process.exit(0);`));
    const before = performance.now();
    expect(await meter.begin(METER_OPTIONS)).toBeNull();
    expect(performance.now() - before).toBeGreaterThan(9_500);
    expect(seen.lines).toEqual(['warn the meter of this host has not begun after 10 s: it is not waited for']);
  }, 60_000);

  test('answers for its open flows, and nothing once it is gone', async () => {
    const program = meterProgram(`status(); setInterval(status, 50);
orders = (order) => {
  if (order.type === 'active') send({ type: 'active', id: order.id, answer: { as_of: 1, open: 1, matched: 1, bytes: 5, packets: 2, flows: [{ process: 'curl', bytes: 5 }] } });
  if (order.type === 'stop') process.exit(0);
};`);
    const { meter } = piped(program);
    await meter.begin(METER_OPTIONS);
    expect(await meter.ask(QUERY)).toMatchObject({ open: 1, flows: [{ process: 'curl' }] });
    await meter.stop();
    expect(await meter.ask(QUERY)).toBeNull();
  });

  test('cannot make the node read more than it takes: lines of its standard error are cut', async () => {
    const program = meterProgram(`status(); process.stderr.write('x'.repeat(100000) + '\\n' + 'bad luck\\n');`);
    const { meter, seen } = piped(program);
    await meter.begin(METER_OPTIONS);
    await eventually(() => seen.lines.includes('warn bad luck'));
    expect(Math.max(...seen.lines.map((line) => line.length))).toBeLessThan(600);
  });
});

const hasStarted = (meter: PipedMeter): boolean => (meter as unknown as { process: unknown }).process !== null;
