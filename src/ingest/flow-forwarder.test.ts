import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { FlowForwarder } from './flow-forwarder.ts';

const message = new Uint8Array(16);

test('says why there is no way to a collector whose name nobody knows, until there is one', async () => {
  const said: string[] = [];
  const forwarder = new FlowForwarder({ host: 'nosuch.invalid', port: 4739 }, (_, text) => said.push(text));
  await forwarder.open(0);
  forwarder.message(message, 0, 16, 0);
  expect(forwarder.status).toMatchObject({
    forwarded: 0,
    unsent: 1,
    trouble: expect.stringContaining('nosuch.invalid'),
  });
  expect(said).toEqual([expect.stringContaining('nosuch.invalid')]);
  forwarder.close();
});

test('has no trouble with a collector to which there is a way', async () => {
  const collector = createSocket('udp4');
  collector.bind(0, '127.0.0.1');
  await once(collector, 'listening');
  const forwarder = new FlowForwarder({ host: '127.0.0.1', port: collector.address().port }, () => {});
  await forwarder.open(0);
  forwarder.message(message, 0, 16, 0);
  expect(forwarder.status).toMatchObject({ forwarded: 1, unsent: 0, trouble: '' });
  forwarder.close();
  collector.close();
});
