import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { servicePort } from '../service-port.fixture.ts';
import { address, chainNames } from './chain-names.ts';

describe('chainNames', () => {
  const names = chainNames('KUBE');

  // Chains that every cluster of upstream's has: operators look for them by name.
  for (const [name, protocol, chain] of [
    ['default/kubernetes:https', 'TCP', 'KUBE-SVC-NPX46M4PTMTKRN6Y'],
    ['kube-system/kube-dns:dns', 'UDP', 'KUBE-SVC-TCOU7JCQXEZGVUNU'],
    ['kube-system/kube-dns:dns-tcp', 'TCP', 'KUBE-SVC-ERIFXISQEP7F7OF4'],
  ] as const) {
    it(`names the chain of ${name} as upstream does`, () =>
      assert.equal(names.service(servicePort([], { name, protocol })), chain));
  }

  it('knows its own chains, and no others', () => {
    const port = servicePort(['10.0.0.1:80']);
    const own = [names.service, names.local, names.external, names.firewallOf].map((name) => name(port));
    own.push(names.endpoint(port, port.allEndpoints[0]!));
    for (const chain of own) assert.ok(names.isOwned(chain) && chain.length <= 28, chain);
    for (const other of ['KUBE-SERVICES', 'KUBE-SVC-SHORT', 'DOCKER', chainNames('OTHER').service(port)])
      assert.ok(!names.isOwned(other), other);
  });

  it('stays within 28 characters with the longest prefix', () =>
    assert.ok(chainNames('ABCDEFG').service(servicePort([])).length <= 28));

  it('puts IPv6 addresses into brackets', () =>
    assert.equal(address({ ip: 'fd00::1', port: 80, isLocal: false }), '[fd00::1]:80'));
});
