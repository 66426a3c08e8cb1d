import { expect, it } from 'vitest';
import { BYTES_PER_DATAGRAM, readSocketLoads, SocketLoads } from './socket-loads.ts';

it('of the sockets of a port the one with the most to take counts; the hour forgets, the start does not', () => {
  const [first, second] = [new SocketLoads(2), new SocketLoads(2)];
  first.waiting(0, 5_000, 100_000, 0);
  first.received(0, 40, 0);
  first.received(0, 30, 5);
  first.received(0, 20, 50);
  second.waiting(0, 7_000, 100_000, 0);
  second.received(0, 10, 0);
  second.waiting(1, 1, 200_000, 0);
  for (const loads of [first, second]) loads.publish(100);
  const read = () => readSocketLoads(['netflow', 'sflow'], [first.memory, second.memory]);
  expect(read()).toEqual([
    {
      port: 'netflow',
      limitBytes: 100_000,
      highWaterBytes: 7_000,
      highWaterHourBytes: 7_000,
      burst10: 70,
      burst100: 90,
      overflow: 0,
      neededBytes: 90 * BYTES_PER_DATAGRAM,
    },
    {
      port: 'sflow',
      limitBytes: 200_000,
      highWaterBytes: 1,
      highWaterHourBytes: 1,
      burst10: 0,
      burst100: 0,
      overflow: 0,
      neededBytes: 0,
    },
  ]);
  for (const loads of [first, second]) loads.publish(3_700_000);
  expect(read()[0]).toMatchObject({ highWaterBytes: 7_000, highWaterHourBytes: 0 });
  expect(readSocketLoads(['netflow'], [])[0]).toMatchObject({ limitBytes: 0, neededBytes: 0 });
});

it('a buffer that overflowed needed what it can hold and what one burst made it drop', () => {
  const loads = new SocketLoads(1);
  loads.waiting(0, 100_000, 100_000, 0);
  loads.received(0, 20, 0);
  loads.dropped(0, 30, 0);
  loads.dropped(0, 40, 1_500);
  loads.dropped(0, 50, 10_000);
  loads.publish(10_000);
  expect(readSocketLoads(['netflow'], [loads.memory])[0]).toMatchObject({
    overflow: 70,
    neededBytes: 100_000 + 70 * BYTES_PER_DATAGRAM,
  });
});
