import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { parseFlags, type ParsedFlags } from '../component/flags.ts';
import { configurationFallback, kubeletFlags, type KubeletConfig } from './config.ts';

describe('configuration of the kubelet', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8ts-config-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const read = async (yaml: string, ...args: string[]): Promise<KubeletConfig> => {
    const file = join(folder, 'config.yaml');
    await writeFile(file, `kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\n${yaml}`);
    const parsed: ParsedFlags<typeof kubeletFlags> = parseFlags(
      kubeletFlags,
      [`--config=${file}`, ...args],
      configurationFallback,
    );
    assert.equal(parsed.kind, 'run');
    return (parsed as { values: KubeletConfig }).values;
  };

  it("has upstream's defaults", () => {
    const { values } = parseFlags(kubeletFlags, []) as { values: KubeletConfig };
    assert.equal(values.port, 10250);
    assert.equal(values.healthzPort, 10248);
    assert.equal(values.maxPods, 110);
    assert.equal(values.nodeStatusUpdateFrequency, 10_000);
    assert.ok(values.evictionHard.includes('memory.available<100Mi'));
  });

  it('reads a file, and lets flags win', async () => {
    const config = await read(
      [
        'port: 12345',
        'maxPods: 5',
        'clusterDNS: [10.96.0.10]',
        'clusterDomain: cluster.local',
        'staticPodPath: manifests',
        'syncFrequency: 1m30s',
        'authentication: {anonymous: {enabled: false}, x509: {clientCAFile: /ca.crt}, webhook: {enabled: true}}',
        'authorization: {mode: Webhook}',
        'evictionHard: {memory.available: 5%, nodefs.available: 1Gi}',
        'systemReserved: {cpu: 100m}',
        'registerWithTaints: [{key: a, value: b, effect: NoSchedule}]',
        'shutdownGracePeriod: 30s', // known to upstream, of no effect here
      ].join('\n'),
      '--max-pods=7',
    );
    assert.equal(config.port, 12345);
    assert.equal(config.maxPods, 7);
    assert.deepEqual(config.clusterDns, ['10.96.0.10']);
    assert.equal(config.podManifestPath, join(folder, 'manifests'));
    assert.equal(config.syncFrequency, 90_000);
    assert.equal(config.anonymousAuth, false);
    assert.equal(config.clientCaFile, '/ca.crt');
    assert.equal(config.authorizationMode, 'Webhook');
    assert.deepEqual(config.evictionHard, ['memory.available<5%', 'nodefs.available<1Gi']);
    assert.deepEqual(config.systemReserved, { cpu: '100m' });
    assert.deepEqual(config.registerWithTaints, ['a=b:NoSchedule']);
  });

  const wrong: [string, RegExp][] = [
    ['port: "no"', /port must be integer/],
    ['clusterDNS: 10.0.0.1', /clusterDNS must be array/],
    ['authentication: {anonymous: {enabled: 1}}', /authentication\.anonymous\.enabled must be boolean/],
    ['syncFrequency: soon', /syncFrequency must match pattern/],
    ['port: [', /cannot read/],
  ];
  for (const [yaml, message] of wrong) {
    it(`refuses ${yaml}`, () => assert.rejects(read(yaml), message));
  }

  it('says which file cannot be read', () => {
    assert.throws(
      () => parseFlags(kubeletFlags, ['--config=/none'], configurationFallback),
      /cannot read --config: ENOENT/,
    );
  });
});
