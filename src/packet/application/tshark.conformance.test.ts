import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { recognisedFlows } from './first-payloads.testing.ts';
import { agrees, hasTshark, tsharkFlows } from './tshark-names.testing.ts';

const FIXTURES = join(import.meta.dirname, '../../../../shared/fixtures');
const present = existsSync(FIXTURES) && (await hasTshark());
const FOLDERS = ['ipfixprobe/inputs', 'gopacket/pcap', 'pcapplusplus/large', 'pcapplusplus/Pcap++Test/PcapExamples'];

describe.skipIf(!present)(
  `applications beside tshark${present ? '' : ' (skipped: ../shared/fixtures or tshark is absent)'}`,
  () => {
    test.each(FOLDERS)(
      '%s: where both have a name, it is the same, and so are names of servers',
      async (folder) => {
        const wrong: string[] = [];
        let named = 0;
        for (const capture of readdirSync(join(FIXTURES, folder)).filter((name) => /\.(pcap|pcapng|cap)$/.test(name))) {
          const reference = await tsharkFlows(join(FIXTURES, folder, capture)).catch(() => new Map());
          for (const { protocol, source, destination, application, name } of await recognisedFlows(
            join(FIXTURES, folder, capture),
          )) {
            const flow = reference.get(`${protocol} ${source} ${destination}`);
            if (!flow || flow.protocols.size === 0 || application === '') continue;
            named += 1;
            const isSame = agrees(flow.protocols, application) && (name === '' || flow.names.has(name));
            const said = `${[...flow.protocols].join()} ${[...flow.names].join()}`;
            if (!isSame) wrong.push(`${capture} ${source} ${destination}: ${application} ${name}, tshark ${said}`);
          }
        }
        expect(wrong).toEqual([]);
        expect(named).toBeGreaterThan(10);
      },
      60_000,
    );
  },
);
