import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createSeededRandom } from '../../../component/seeded-random.ts';
import { EndpointChooser } from './choose-endpoint.ts';

const endpoints = [1, 2, 3].map((n) => ({ ip: `10.0.0.${n}`, port: 80, isLocal: false }));
const none = new Set<(typeof endpoints)[number]>();

describe('EndpointChooser', () => {
  const chooser = (): EndpointChooser => new EndpointChooser(createSeededRandom(1));

  it('chooses each endpoint some time without affinity', () => {
    const choose = chooser();
    const client = { address: '1.1.1.1', affinitySeconds: 0, nowMs: 0 };
    const seen = new Set(Array.from({ length: 50 }, () => choose.choose(endpoints, client, none)));
    assert.equal(seen.size, 3);
  });

  it('stays with the endpoint of a client until it was away for longer than its affinity lasts', () => {
    const choose = chooser();
    const at = (nowMs: number): string =>
      choose.choose(endpoints, { address: '1.1.1.1', affinitySeconds: 10, nowMs }, none)!.ip;
    const first = at(0);
    for (let nowMs = 5000; nowMs < 200_000; nowMs += 5000) assert.equal(at(nowMs), first);
    const later = new Set(Array.from({ length: 50 }, (_, i) => at(300_000 + i * 20_000)));
    assert.equal(later.size, 3);
  });

  it('moves a client on when its endpoint is gone or did not take the connection', () => {
    const choose = chooser();
    const client = { address: '1.1.1.1', affinitySeconds: 10, nowMs: 0 };
    const first = choose.choose(endpoints, client, none)!;
    const left = endpoints.filter((endpoint) => endpoint !== first);
    assert.notEqual(choose.choose(left, client, none), first);
    assert.notEqual(choose.choose(endpoints, client, new Set([first])), first);
  });

  it('has nothing to choose where all are excluded', () =>
    assert.equal(
      chooser().choose(endpoints, { address: '', affinitySeconds: 0, nowMs: 0 }, new Set(endpoints)),
      undefined,
    ));
});
