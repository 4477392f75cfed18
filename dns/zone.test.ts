import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Service } from '../api/schema/generated/core-v1.ts';
import type { EndpointSlice } from '../api/schema/generated/discovery-v1.ts';
import { resolveInZone, type ClusterView } from './zone.ts';

const services: Service[] = [
  {
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      clusterIP: '10.96.0.20',
      clusterIPs: ['10.96.0.20', 'fd00::20'],
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    },
  },
  { metadata: { name: 'db', namespace: 'shop' }, spec: { clusterIP: 'None', ports: [{ name: 'sql', port: 5432 }] } },
  { metadata: { name: 'empty', namespace: 'shop' }, spec: { clusterIP: 'None' } },
  { metadata: { name: 'away', namespace: 'shop' }, spec: { type: 'ExternalName', externalName: 'db.example.org' } },
];
const slices: EndpointSlice[] = [
  {
    metadata: { name: 'db-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'db' } },
    addressType: 'IPv4',
    ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
    endpoints: [
      { addresses: ['172.17.0.5'], hostname: 'db-0', conditions: { ready: true } },
      { addresses: ['172.17.0.6'], conditions: { ready: true } },
      { addresses: ['172.17.0.7'], hostname: 'db-2', conditions: { ready: false } },
    ],
  },
];
const view: ClusterView = {
  service: (namespace, name) => services.find((s) => s.metadata.namespace === namespace && s.metadata.name === name),
  slices: (namespace, name) =>
    slices.filter(
      (s) => s.metadata.namespace === namespace && s.metadata.labels?.['kubernetes.io/service-name'] === name,
    ),
  hasNamespace: (name) => name === 'shop',
  serviceByIp: (ip) => services.find((s) => s.spec?.clusterIPs?.includes(ip)),
  slicesByIp: (ip) => slices.filter((s) => s.endpoints?.some((e) => e.addresses.includes(ip))),
};
const options = { domain: 'cluster.local', ttlSeconds: 30 };

/** What is answered, short: `type data` a record, or the kind where there are none. */
function ask(name: string, type = 'A'): string[] | string {
  const answer = resolveInZone({ name, type }, view, options);
  if (answer.kind !== 'found') return answer.kind;
  return answer.answers.map((record) => {
    const data = 'data' in record ? record.data : '';
    return `${record.type} ${typeof data === 'object' && data !== null && 'target' in data ? `${data.port} ${data.target}` : String(data)}`;
  });
}

describe('the zone of a cluster', () => {
  const cases: [what: string, name: string, type: string, expected: string[] | string][] = [
    ['a service has its cluster address', 'web.shop.svc.cluster.local', 'A', ['A 10.96.0.20']],
    ['in both families', 'web.shop.svc.cluster.local', 'AAAA', ['AAAA fd00::20']],
    ['and no records of other types', 'web.shop.svc.cluster.local', 'MX', []],
    [
      'a named port has an SRV record',
      '_http._tcp.web.shop.svc.cluster.local',
      'SRV',
      ['SRV 80 web.shop.svc.cluster.local'],
    ],
    ['a port that is not there has none', '_ftp._tcp.web.shop.svc.cluster.local', 'SRV', 'noSuchName'],
    ['a headless service has its ready endpoints', 'db.shop.svc.cluster.local', 'A', ['A 172.17.0.5', 'A 172.17.0.6']],
    ['each by its hostname', 'db-0.db.shop.svc.cluster.local', 'A', ['A 172.17.0.5']],
    ['or by its address', '172-17-0-6.db.shop.svc.cluster.local', 'A', ['A 172.17.0.6']],
    ['but not one that is not ready', 'db-2.db.shop.svc.cluster.local', 'A', 'noSuchName'],
    [
      'its ports point at the endpoints',
      '_sql._tcp.db.shop.svc.cluster.local',
      'SRV',
      ['SRV 5432 db-0.db.shop.svc.cluster.local', 'SRV 5432 172-17-0-6.db.shop.svc.cluster.local'],
    ],
    ['a headless service without endpoints has no name', 'empty.shop.svc.cluster.local', 'A', 'noSuchName'],
    ['an external name is an alias', 'away.shop.svc.cluster.local', 'A', ['CNAME db.example.org']],
    ['a pod has the address in its name', '172-17-0-9.shop.pod.cluster.local', 'A', ['A 172.17.0.9']],
    ['but only if it is one', '172-17-0-999.shop.pod.cluster.local', 'A', 'noSuchName'],
    ['a missing service has no name', 'none.shop.svc.cluster.local', 'A', 'noSuchName'],
    ['nor has anything in a missing namespace', 'web.none.svc.cluster.local', 'A', 'noSuchName'],
    ['a namespace is an empty name', 'shop.svc.cluster.local', 'A', []],
    ['so is the domain itself', 'cluster.local', 'A', []],
    ['the version of the specification is told', 'dns-version.cluster.local', 'TXT', ['TXT 1.1.0']],
    [
      'a cluster address turns back into its service',
      '20.0.96.10.in-addr.arpa',
      'PTR',
      ['PTR web.shop.svc.cluster.local'],
    ],
    [
      'an endpoint of a headless service into its name',
      '5.0.17.172.in-addr.arpa',
      'PTR',
      ['PTR db-0.db.shop.svc.cluster.local'],
    ],
    [
      'also in IPv6',
      '0.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa',
      'PTR',
      ['PTR web.shop.svc.cluster.local'],
    ],
    ['other addresses are for others', '8.8.8.8.in-addr.arpa', 'PTR', 'notMine'],
    ['and so are other names', 'example.org', 'A', 'notMine'],
    ['also those that only end alike', 'notcluster.local', 'A', 'notMine'],
  ];
  for (const [what, name, type, expected] of cases)
    it(`${what} (${type} ${name})`, () => assert.deepEqual(ask(name, type), expected));

  it('gives the addresses of SRV targets along', () => {
    const answer = resolveInZone({ name: '_sql._tcp.db.shop.svc.cluster.local', type: 'SRV' }, view, options);
    assert.ok(answer.kind === 'found');
    assert.deepEqual(
      answer.additionals?.map((record) => record.name),
      ['db-0.db.shop.svc.cluster.local', '172-17-0-6.db.shop.svc.cluster.local'],
    );
  });
});
