import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { enumCode } from '../flow/index.ts';
import { samplingRemedy } from './sampling-remedy.ts';

const format = (name: string) => enumCode('format', name);
const origin = (name: string) => enumCode('sampling_origin', name);

interface Told {
  missing?: [number, number];
  elements?: number[];
  said?: { subject: string; id: number; ifIndex?: number; rate: number; name?: string }[];
}

function ask(told: Told | null, { sampling = 1, from = 'unknown', as = 'netflow9', exporter = '192.0.2.1' } = {}) {
  const [missingKind, missingId] = told?.missing ?? [-1, -1];
  const said = (told?.said ?? []).map((one) => ({ ifIndex: 0, name: '', ...one }));
  return samplingRemedy({
    exporter,
    format: format(as),
    sampling,
    samplingOrigin: origin(from),
    templates: told && {
      facts: { missingKind, missingId, optionElements: new Set(told.elements), samplings: () => said },
    },
  });
}

describe('what to do about a rate that is not known', () => {
  it.each(['default', 'configured', 'options', 'record', 'shed'])('is nothing where its origin is %s', (from) => {
    expect(ask({}, { from, sampling: 1000 })).toBeNull();
  });

  it('is to send options for the sampler that records name', () => {
    const found = ask({ missing: [1, 3], said: [{ subject: 'sampler', id: 1, rate: 100 }] })!;
    expect(found.cause).toBe('its records name sampler 3, and it has sent no options for it (only for 1)');
    expect(found.remedy).toContain('"option sampler-table timeout 60"');
    expect(found.remedy).toContain('weir.yaml');
    expect(ask({ missing: [2, 9] })!.cause).toContain('selector 9');
  });

  it('is to give the sampler an interval', () => {
    const said = [{ subject: 'sampler', id: 3, rate: 0, name: 'edge' }];
    expect(ask({ missing: [1, 3], said })!.cause).toContain('sampler 3 "edge" without an interval');
    expect(ask({ said: [{ subject: 'exporter', id: -1, rate: 0 }] })!.cause).toContain('the exporter');
    expect(ask({ said: [{ subject: 'interface', id: -1, ifIndex: 7, rate: 0 }] })!.cause).toContain('interface 7');
  });

  it('is to sample by count where it samples by time', () => {
    const found = ask({ said: [{ subject: 'selector', id: 3, rate: 0 }], elements: [304, 307, 308] })!;
    expect(found.cause).toContain('selector 3 samples by time');
    expect(found.remedy).toContain('1 in N packets');
  });

  it('is to let records name their sampler where there are several rates', () => {
    const said = [1000, 100, 500, 20, 30].map((rate, id) => ({ subject: 'sampler', id, rate }));
    const found = ask({ said })!;
    expect(found.cause).toContain('(1 in 20, 1 in 30, 1 in 100, 1 in 500 and 1 more)');
    expect(found.remedy).toContain('collect flow sampler');
  });

  it('is to wait, or to configure it, where nothing more is known', () => {
    expect(ask({})!.remedy).toContain('wait for one round');
    expect(ask(null, { as: 'sflow' })!.remedy).toContain('weir.yaml');
    expect(ask(null, { as: 'netflow5' })!.cause).toContain('a sampling mode and no interval');
  });

  it('tells a rate that is another one with its octets in the wrong order', () => {
    const found = ask({}, { from: 'record', sampling: 262_144 })!;
    expect(found.cause).toContain('1 in 262144, which is 1 in 1024');
    expect(found.remedy).toContain('sampling: 1024, sampling_mode: override');
    expect(ask({}, { from: 'record', sampling: 65_535 })).toBeNull();
  });

  it('shows configuration that can be copied as it stands', () => {
    for (const exporter of ['192.0.2.1', '2001:db8::1']) {
      const { remedy } = ask({}, { exporter })!;
      const yaml = /exporters: .*\]/.exec(remedy)![0];
      expect(parse(yaml)).toEqual({ exporters: [{ prefix: exporter, sampling: 1000 }] });
    }
  });
});
