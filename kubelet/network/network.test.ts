import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { PodSpec } from '../../api/schema/generated/core-v1.ts';
import type { ReadonlyPod } from '../pods/pod.ts';
import { dnsConfigOf, parseResolvConf } from './dns-config.ts';
import { hostNetworkHostsFile, hostsFile } from './hosts-file.ts';
import { podNames } from './pod-names.ts';

const podOf = (spec: Partial<PodSpec>, name = 'web-0'): ReadonlyPod => ({
  metadata: { name, namespace: 'shop' },
  spec: { containers: [], ...spec },
});
const cluster = { servers: ['10.96.0.10'], domain: 'cluster.local' };
const host = { servers: ['192.0.2.53'], searches: ['example.com'], options: ['edns0'] };
const clusterDns = {
  servers: ['10.96.0.10'],
  searches: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'example.com'],
  options: ['ndots:5'],
};

describe('DNS of a pod', () => {
  const cases: [string, Partial<PodSpec>, object][] = [
    ['ClusterFirst', {}, clusterDns],
    ['ClusterFirst on the host network', { hostNetwork: true }, host],
    ['ClusterFirstWithHostNet', { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }, clusterDns],
    ['Default', { dnsPolicy: 'Default' }, host],
    [
      'None with its own',
      {
        dnsPolicy: 'None',
        dnsConfig: {
          nameservers: ['1.2.3.4'],
          searches: ['a.b'],
          options: [{ name: 'ndots', value: '2' }, { name: 'debug' }],
        },
      },
      { servers: ['1.2.3.4'], searches: ['a.b'], options: ['ndots:2', 'debug'] },
    ],
    [
      'ClusterFirst with more',
      {
        dnsConfig: {
          nameservers: ['10.96.0.10', '1.1.1.1', '2.2.2.2', '3.3.3.3'],
          searches: ['x'],
          options: [{ name: 'ndots', value: '1' }],
        },
      },
      { servers: ['10.96.0.10', '1.1.1.1', '2.2.2.2'], searches: [...clusterDns.searches, 'x'], options: ['ndots:1'] },
    ],
  ];
  for (const [name, spec, expected] of cases) {
    it(name, () => assert.deepEqual(dnsConfigOf(podOf(spec), cluster, host).dns, expected));
  }

  it('falls back to the host where the cluster has none, and says so', () => {
    const { dns, problem } = dnsConfigOf(podOf({}), { servers: [], domain: '' }, host);
    assert.deepEqual(dns, host);
    assert.match(problem!, /does not have ClusterDNS IP configured/);
  });

  it('reads resolv.conf', () => {
    const text = '# c\nnameserver 1.1.1.1\nnameserver fe80::1 ; x\ndomain a\nsearch b c .\noptions ndots:2 rotate\n';
    assert.deepEqual(parseResolvConf(text), {
      servers: ['1.1.1.1', 'fe80::1'],
      searches: ['b', 'c'],
      options: ['ndots:2', 'rotate'],
    });
  });
});

describe('names of a pod', () => {
  const long = `${'a'.repeat(62)}-b`;
  const cases: [string, Partial<PodSpec>, string, object][] = [
    ['its own', {}, 'web-0', { hostname: 'web-0' }],
    ['cut short', {}, long, { hostname: 'a'.repeat(62) }],
    [
      'with a subdomain',
      { hostname: 'h', subdomain: 'sub' },
      'web-0',
      { hostname: 'h', fullName: 'h.sub.shop.svc.cluster.local' },
    ],
    [
      'as a full name',
      { subdomain: 's', setHostnameAsFQDN: true },
      'w',
      { hostname: 'w.s.shop.svc.cluster.local', fullName: 'w.s.shop.svc.cluster.local' },
    ],
    ['overridden', { hostnameOverride: 'x.y', subdomain: 's' }, 'w', { hostname: 'x.y' }],
  ];
  for (const [name, spec, podName, expected] of cases) {
    it(name, () => assert.deepEqual(podNames(podOf(spec, podName), 'cluster.local'), expected));
  }
});

describe('hosts file', () => {
  it('names the pod and its aliases', () => {
    const text = hostsFile({
      podIps: ['10.0.0.2'],
      hostname: 'h',
      fullName: 'h.s.ns.svc.cluster.local',
      hostAliases: [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }],
    });
    assert.match(text, /^# Kubernetes-managed hosts file\.\n127\.0\.0\.1\tlocalhost\n/);
    assert.match(
      text,
      /\n10\.0\.0\.2\th\.s\.ns\.svc\.cluster\.local\th\n\n# Entries added by HostAliases\.\n1\.2\.3\.4\ta\tb\n$/,
    );
  });
  it("keeps the host's on the host network", () => {
    assert.equal(
      hostNetworkHostsFile('127.0.0.1 x\n', undefined),
      '# Kubernetes-managed hosts file (host network).\n127.0.0.1 x\n',
    );
  });
});
