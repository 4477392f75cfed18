import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ServicePort } from '../../service-table.ts';
import type { BackendOptions } from '../proxy-backend.ts';
import { backendOptions, servicePort } from '../service-port.fixture.ts';
import { chainNames } from './chain-names.ts';
import { planJumps, planRules, type Ruleset, type TableName } from './plan-rules.ts';

const names = chainNames('KUBE');
const two = ['10.1.0.1:8080', '10.1.0.2:8080'];

/** Rules of a chain without their comments. */
function rulesOf(ruleset: Ruleset, table: TableName, chain: string): string[] {
  return (ruleset[table].get(chain) ?? []).map((rule) => rule.replace(/ ?-m comment --comment "[^"]*"/, '').trim());
}

/** Where the packets of a chain go on to. */
function targets(ruleset: Ruleset, table: TableName, chain: string): string[] {
  return (ruleset[table].get(chain) ?? []).map((rule) => / -j (\S+)/.exec(` ${rule}`)![1]!);
}

const plan = (port: ServicePort, options: Partial<BackendOptions> = {}): Ruleset =>
  planRules([port], { ...backendOptions, ...options });

describe('planRules', () => {
  it('chooses among endpoints with equal chances and rewrites the destination', () => {
    const port = servicePort([...two, '10.1.0.3:8080']);
    const ruleset = plan(port);
    const endpoints = port.allEndpoints.map((endpoint) => names.endpoint(port, endpoint));
    assert.deepEqual(rulesOf(ruleset, 'nat', names.service(port)), [
      `-m statistic --mode random --probability 0.33333333333 -j ${endpoints[0]}`,
      `-m statistic --mode random --probability 0.50000000000 -j ${endpoints[1]}`,
      `-j ${endpoints[2]}`,
    ]);
    assert.deepEqual(rulesOf(ruleset, 'nat', endpoints[0]!), [
      '-s 10.1.0.1/32 -j KUBE-MARK-MASQ',
      '-p tcp -m tcp -j DNAT --to-destination 10.1.0.1:8080',
    ]);
    assert.equal(
      rulesOf(ruleset, 'nat', 'KUBE-SERVICES')[0],
      `-d 10.199.0.10/32 -p tcp -m tcp --dport 80 -j ${names.service(port)}`,
    );
  });

  it('sends clients with affinity first to where they were before', () => {
    const port = servicePort(two, { affinitySeconds: 60 });
    const chains = port.allEndpoints.map((endpoint) => names.endpoint(port, endpoint));
    const ruleset = plan(port);
    assert.deepEqual(
      rulesOf(ruleset, 'nat', names.service(port)).slice(0, 2),
      chains.map((chain) => `-m recent --rcheck --seconds 60 --reap --name ${chain} --rsource -j ${chain}`),
    );
    assert.match(ruleset.nat.get(chains[0]!)![1]!, new RegExp(`-m recent --set --name ${chains[0]} --rsource .*DNAT`));
  });

  for (const [what, options, masquerade] of [
    ['nothing', {}, []],
    [
      'what comes from outside of the pods',
      { clusterCidr: '10.1.0.0/16' },
      ['! -s 10.1.0.0/16 -d 10.199.0.10/32 -p tcp -m tcp --dport 80 -j KUBE-MARK-MASQ'],
    ],
    ['all', { masqueradeAll: true }, ['-d 10.199.0.10/32 -p tcp -m tcp --dport 80 -j KUBE-MARK-MASQ']],
  ] as const) {
    it(`masquerades ${what} with ${JSON.stringify(options)}`, () => {
      const port = servicePort(['10.1.0.1:8080']);
      assert.deepEqual(rulesOf(plan(port, options), 'nat', names.service(port)).slice(0, -1), masquerade);
    });
  }

  for (const [what, hasAnyEndpoint, target] of [
    ['refuses where there is no endpoint', false, 'REJECT'],
    ['is silent where only this node has none', true, 'DROP'],
  ] as const) {
    it(what, () => {
      const port = servicePort([], { hasAnyEndpoint, nodePort: 30080, externalIps: ['192.0.2.1'] });
      const ruleset = plan(port);
      assert.deepEqual(rulesOf(ruleset, 'filter', 'KUBE-SERVICES'), [
        `-d 10.199.0.10/32 -p tcp -m tcp --dport 80 -j ${target}`,
      ]);
      assert.deepEqual(rulesOf(ruleset, 'filter', 'KUBE-EXTERNAL-SERVICES'), [
        `-d 192.0.2.1/32 -p tcp -m tcp --dport 80 -j ${target}`,
        `-m addrtype --dst-type LOCAL -p tcp -m tcp --dport 30080 -j ${target}`,
      ]);
      assert.ok(!ruleset.nat.has(names.service(port)));
    });
  }

  it('leads node ports and external addresses to all endpoints, behind our own address', () => {
    const port = servicePort(two, { nodePort: 30080, externalIps: ['192.0.2.1'], loadBalancerIps: ['192.0.2.2'] });
    const ruleset = plan(port);
    const external = names.external(port);
    assert.deepEqual(targets(ruleset, 'nat', external), ['KUBE-MARK-MASQ', names.service(port)]);
    assert.deepEqual(targets(ruleset, 'nat', 'KUBE-SERVICES'), [
      names.service(port),
      external,
      external,
      'KUBE-NODEPORTS',
    ]);
    assert.deepEqual(rulesOf(ruleset, 'nat', 'KUBE-NODEPORTS'), [`-p tcp -m tcp --dport 30080 -j ${external}`]);
  });

  it('keeps the source of traffic from outside where the policy says Local, but leads the node and its pods to all', () => {
    const port = servicePort(two, {
      nodePort: 30080,
      keepsSource: true,
      externalEndpoints: [{ ip: '10.1.0.1', port: 8080, isLocal: true }],
    });
    const ruleset = plan(port, { clusterCidr: '10.1.0.0/16' });
    assert.deepEqual(targets(ruleset, 'nat', names.external(port)), [
      names.service(port),
      'KUBE-MARK-MASQ',
      names.service(port),
      names.local(port),
    ]);
    assert.equal(rulesOf(ruleset, 'nat', names.local(port)).length, 1);
  });

  it('keeps traffic to the cluster address on the node where the policy says so, that from outside not', () => {
    const local = [{ ip: '10.1.0.1', port: 8080, isLocal: true }];
    const port = servicePort(two, { staysInside: true, clusterEndpoints: local, nodePort: 30080 });
    const ruleset = plan(port);
    assert.equal(targets(ruleset, 'nat', 'KUBE-SERVICES')[0], names.local(port));
    assert.equal(rulesOf(ruleset, 'nat', names.local(port)).length, 1);
    assert.equal(targets(ruleset, 'nat', names.external(port)).at(-1), names.service(port));
    assert.equal(rulesOf(ruleset, 'nat', names.service(port)).length, 2);
  });

  it('drops what comes to a load balancer address from outside of its source ranges', () => {
    const port = servicePort(two, { loadBalancerIps: ['192.0.2.2'], loadBalancerSourceRanges: ['198.51.100.0/24'] });
    const ruleset = plan(port);
    assert.deepEqual(rulesOf(ruleset, 'nat', names.firewallOf(port)), [
      `-s 198.51.100.0/24 -j ${names.external(port)}`,
    ]);
    assert.deepEqual(rulesOf(ruleset, 'filter', 'KUBE-PROXY-FIREWALL'), [
      '-d 192.0.2.2/32 -p tcp -m tcp --dport 80 -j DROP',
    ]);
    assert.ok(planJumps(backendOptions).some(({ rule }) => rule.endsWith('-j KUBE-PROXY-FIREWALL')));
  });

  for (const [options, destination] of [
    [{}, '-m addrtype --dst-type LOCAL -j KUBE-NODEPORTS'],
    [{ localhostNodePorts: false }, '! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS'],
    [{ nodePortAddresses: ['10.0.0.0/8'] }, '-d 10.0.0.0/8 -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS'],
  ] as const) {
    it(`answers node ports at the addresses of ${JSON.stringify(options)}`, () =>
      assert.equal(rulesOf(plan(servicePort(two), options), 'nat', 'KUBE-SERVICES').at(-1), destination));
  }

  it('marks with any bit there is', () => {
    for (const [masqueradeBit, mark] of [
      [14, '0x4000'],
      [31, '0x80000000'],
    ] as const)
      assert.deepEqual(planRules([], { ...backendOptions, masqueradeBit }).nat.get('KUBE-MARK-MASQ'), [
        `-j MARK --set-xmark ${mark}/${mark}`,
      ]);
  });

  it('jumps only to chains that it makes', () => {
    const port = servicePort(two, { nodePort: 30080, keepsSource: true, loadBalancerIps: ['192.0.2.2'] });
    const ruleset = plan(port, { clusterCidr: '10.1.0.0/16' });
    const ours = (table: TableName, target: string): void =>
      assert.ok(!target.startsWith('KUBE-') || ruleset[table].has(target), `${table} ${target}`);
    for (const { table, rule } of planJumps(backendOptions)) ours(table, rule.split(' -j ')[1]!);
    for (const table of ['nat', 'filter'] as const)
      for (const chain of ruleset[table].keys())
        for (const target of targets(ruleset, table, chain)) ours(table, target);
  });
});
