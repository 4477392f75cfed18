import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseThresholds, thresholdOf, thresholdsMet, type EvictionSignal } from '../eviction/thresholds.ts';
import { parseMemory, readMachineInfo, readProcesses } from './machine-info.ts';
import { findNodeIp, parseTaint } from './node-facts.ts';
import { allocatableOf, capacityOf, nodeObject, nodeStatus, type NodeFacts, type NodeHealth } from './node-object.ts';

const facts: NodeFacts = {
  name: 'n1',
  hostname: 'n1',
  ips: ['192.0.2.1'],
  labels: { tier: 'edge' },
  taints: [{ key: 'a', effect: 'NoSchedule' }],
  unschedulable: false,
  machine: {
    cpus: 4,
    memoryBytes: 8 * 2 ** 30,
    machineId: 'm',
    systemUuid: 's',
    bootId: 'b',
    kernelVersion: '6.1',
    osImage: 'Linux',
    architecture: 'amd64',
  },
  ephemeralStorageBytes: 100 * 2 ** 30,
  maxPods: 110,
  port: 10250,
  runtimeVersion: 'docker://20.10',
  reserved: { cpu: '250m', memory: '1Gi' },
  evictionReserved: { memory: 100 * 2 ** 20 },
};
const healthy: NodeHealth = { problems: [], pressure: new Set() };

describe('node', () => {
  it('has its capacity, less what is reserved for others', () => {
    assert.deepEqual(capacityOf(facts), {
      cpu: '4',
      memory: '8388608Ki',
      'ephemeral-storage': '104857600Ki',
      'hugepages-1Gi': '0',
      'hugepages-2Mi': '0',
      pods: '110',
    });
    const allocatable = allocatableOf(facts);
    assert.equal(allocatable.cpu, '3750m');
    assert.equal(allocatable.memory, `${8388608 - 1048576 - 102400}Ki`);
  });

  it('registers with labels and taints', () => {
    const { metadata, spec } = nodeObject(facts, {});
    assert.equal(metadata.labels!['kubernetes.io/hostname'], 'n1');
    assert.equal(metadata.labels!.tier, 'edge');
    assert.deepEqual(spec!.taints, [{ key: 'a', effect: 'NoSchedule' }]);
  });

  it('is ready unless something is wrong', () => {
    const conditions = (health: NodeHealth): Record<string, string> =>
      Object.fromEntries(
        nodeStatus(facts, health, [], undefined, 0).conditions!.map(({ type, status, reason }) => [
          type,
          `${status} ${reason}`,
        ]),
      );
    assert.deepEqual(conditions(healthy), {
      MemoryPressure: 'False KubeletHasSufficientMemory',
      DiskPressure: 'False KubeletHasNoDiskPressure',
      PIDPressure: 'False KubeletHasSufficientPID',
      Ready: 'True KubeletReady',
    });
    const bad = conditions({
      problems: ['container runtime is down'],
      pressure: new Set<EvictionSignal>(['imagefs.available', 'pid.available']),
    });
    assert.equal(bad.Ready, 'False KubeletNotReady');
    assert.equal(bad.DiskPressure, 'True KubeletHasDiskPressure');
    assert.equal(bad.PIDPressure, 'True KubeletHasInsufficientPID');
  });

  it('keeps the time of conditions that stay', () => {
    const first = nodeStatus(facts, healthy, [], undefined, 1000);
    const second = nodeStatus(facts, { ...healthy, problems: ['x'] }, [], first, 60_000);
    const times = second.conditions!.map(({ type, lastHeartbeatTime, lastTransitionTime }) => [
      type,
      lastHeartbeatTime,
      lastTransitionTime,
    ]);
    assert.deepEqual(times[0], ['MemoryPressure', '1970-01-01T00:01:00Z', '1970-01-01T00:00:01Z']);
    assert.deepEqual(times[3], ['Ready', '1970-01-01T00:01:00Z', '1970-01-01T00:01:00Z']);
  });

  it('shows the largest images', () => {
    const images = Array.from({ length: 60 }, (_, i) => ({
      id: `${i}`,
      tags: [`i:${i}`],
      digests: [],
      sizeBytes: i,
      user: '',
    }));
    const shown = nodeStatus(facts, healthy, images, undefined, 0).images!;
    assert.equal(shown.length, 50);
    assert.deepEqual(shown[0], { names: ['i:59'], sizeBytes: 59 });
  });

  it('reads this machine', async () => {
    const machine = await readMachineInfo();
    assert.ok(machine.cpus > 0 && machine.memoryBytes > 0 && machine.kernelVersion && machine.bootId);
    const { max, running } = await readProcesses();
    assert.ok(max > running && running > 0);
    assert.match(await findNodeIp(), /^\d+\.\d+\.\d+\.\d+$/);
    assert.deepEqual(parseMemory('MemTotal:  10 kB\nMemAvailable:  4 kB\n'), {
      totalBytes: 10240,
      availableBytes: 4096,
    });
  });

  it('reads taints', () => {
    assert.deepEqual(parseTaint('a=b:NoExecute'), { key: 'a', value: 'b', effect: 'NoExecute' });
    assert.deepEqual(parseTaint('a:NoSchedule'), { key: 'a', effect: 'NoSchedule' });
    assert.throws(() => parseTaint('a=b'), /is not KEY=VALUE:EFFECT/);
  });
});

describe('eviction thresholds', () => {
  it('are met below them', () => {
    const thresholds = parseThresholds(['memory.available<100Mi', ' nodefs.available<10%']);
    const met = (memory: number, disk: number): EvictionSignal[] => [
      ...thresholdsMet(thresholds, {
        'memory.available': { available: memory, capacity: 2 ** 30 },
        'nodefs.available': { available: disk, capacity: 1000 },
      }),
    ];
    assert.deepEqual(met(100 * 2 ** 20, 100), []);
    assert.deepEqual(met(100 * 2 ** 20 - 1, 99), ['memory.available', 'nodefs.available']);
  });
  it('of a share are whole, and cut as upstream cuts them', () => {
    const capacity = 101_430_960 * 1024;
    assert.equal(capacity - thresholdOf('10%', capacity), 93_478_772_582);
    assert.equal(thresholdOf('100Mi', capacity), 100 * 2 ** 20);
  });
  it('must be known', () => {
    assert.throws(() => parseThresholds(['x<1']), /unknown eviction threshold "x<1"/);
    assert.throws(() => parseThresholds(['memory.available<lots']));
    assert.deepEqual(parseThresholds(['']), {});
  });
});
