import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseRange } from './ip-range.ts';

describe('range of service addresses', () => {
  it('leaves out the network and the broadcast address', () => {
    const range = parseRange('10.96.0.0/16')!;
    assert.equal(range.size, 65534n);
    assert.equal(range.at(0n), '10.96.0.1');
    assert.equal(range.at(range.size - 1n), '10.96.255.254');
    assert.equal(range.contains('10.96.0.0'), false);
    assert.equal(range.contains('10.96.255.255'), false);
    assert.equal(range.contains('10.97.0.1'), false);
    assert.equal(range.contains('::1'), false);
  });

  it('knows IPv6, of which it uses 2^64 addresses at most', () => {
    const range = parseRange('fd00:10::/48')!;
    assert.equal(range.size, 1n << 64n);
    assert.equal(range.at(9n), 'fd00:10::a');
    assert.equal(range.contains('fd00:10::1'), true);
    assert.equal(range.contains('fd00:11::1'), false);
  });

  it('refuses what is no range', () => {
    for (const text of ['', '10.0.0.0', '10.0.0.0/33', 'x/8']) assert.equal(parseRange(text), undefined);
  });
});
