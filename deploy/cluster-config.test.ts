import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { addressInRange } from './cluster-config.ts';

describe('addressInRange', () => {
  for (const [cidr, index, address] of [
    ['10.96.0.0/16', 1, '10.96.0.1'],
    ['10.96.0.0/16', 10, '10.96.0.10'],
    ['10.96.7.9/16', 256, '10.96.1.0'],
    ['192.168.255.0/24', 255, '192.168.255.255'],
  ] as const) {
    it(`is ${address} for number ${index} of ${cidr}`, () => assert.equal(addressInRange(cidr, index), address));
  }

  it('refuses what is not an IPv4 range and what lies beyond it', () => {
    assert.throws(() => addressInRange('fd00::/64', 1), /is not an IPv4 range/);
    assert.throws(() => addressInRange('10.0.0.300/16', 1), /is not an IPv4 range/);
    assert.throws(() => addressInRange('10.0.0.0/30', 10), /has no address number 10/);
  });
});
