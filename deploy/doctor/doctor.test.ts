import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import type { Node } from '../../api/schema/generated/core-v1.ts';
import { systemClock } from '../../component/clock.ts';
import { judgeClock } from './clocks.ts';
import { judgeRoom } from './disk-space.ts';
import type { DoctorFinding } from './doctor-check.ts';
import { judgeEtcd } from './etcd.ts';
import { doctorChecks } from './index.ts';
import { swap } from './kernel.ts';
import { judgeNode } from './nodes.ts';
import { runDoctor } from './run-doctor.ts';

const gib = 1024 ** 3;
const metrics = (used: number, leader = 1): string =>
  `etcd_server_has_leader ${leader}\netcd_server_quota_backend_bytes 1e+09\netcd_mvcc_db_total_size_in_bytes ${used}\n`;
const node = (ready: string, more: Partial<Node> = {}, pressure = 'False'): Node => ({
  metadata: { name: 'a' },
  status: {
    conditions: [
      { type: 'MemoryPressure', status: pressure, message: 'little is left' },
      { type: 'Ready', status: ready, reason: 'KubeletNotReady', message: 'no runtime' },
    ],
  },
  ...more,
});

describe('k8ts doctor', () => {
  const cases: Record<string, readonly (readonly [DoctorFinding, DoctorFinding['state'], RegExp])[]> = {
    swap: [
      [swap('Filename Type Size Used Priority\n'), 'ok', /^off$/],
      [swap('Filename Type Size Used Priority\n/dev/sda2 partition 1 0 -2\n'), 'warn', /^on: \/dev\/sda2: /],
    ],
    'room on disks': [
      [
        judgeRoom('/a', { freeBytes: 50 * gib, bytes: 100 * gib, freeFiles: 9, files: 10 }),
        'ok',
        /50\.0 GiB free of 100\.0/,
      ],
      [judgeRoom('/a', { freeBytes: 9 * gib, bytes: 100 * gib, freeFiles: 9, files: 10 }), 'warn', /evicts pods/],
      [judgeRoom('/a', { freeBytes: 0.5 * gib, bytes: 2 * gib, freeFiles: 9, files: 10 }), 'fail', /0\.5 GiB free/],
      [judgeRoom('/a', { freeBytes: 50 * gib, bytes: 100 * gib, freeFiles: 1, files: 100 }), 'warn', /1 of 100 inodes/],
      [judgeRoom('/a', { freeBytes: 50 * gib, bytes: 100 * gib, freeFiles: 0, files: 0 }), 'ok', /50\.0 GiB/],
    ],
    etcd: [
      [judgeEtcd('3.4.23', metrics(1e8)), 'ok', /^version 3\.4\.23, 95 MiB of 954 MiB used$/],
      [judgeEtcd('3.5.1', metrics(9e8)), 'warn', /858 MiB of 954/],
      [judgeEtcd('3.5.1', metrics(9.9e8)), 'fail', /soon nothing can be written/],
      [judgeEtcd('3.3.25', metrics(1e8)), 'fail', /version 3\.3\.25/],
      [judgeEtcd('3.5.1', metrics(1e8, 0)), 'fail', /no leader/],
    ],
    clocks: [
      [judgeClock('b', -900), 'ok', /that of b agrees/],
      [judgeClock('b', 7_000), 'warn', /that of b is 7 s ahead/],
      [judgeClock('b', -90_000), 'fail', /that of b is 90 s behind/],
    ],
    nodes: [
      [judgeNode(node('True')), 'ok', /^Ready$/],
      [judgeNode(node('False')), 'fail', /^not Ready: KubeletNotReady: no runtime$/],
      [judgeNode({ metadata: { name: 'a' } }), 'fail', /it says nothing/],
      [judgeNode(node('True', {}, 'True')), 'warn', /^MemoryPressure: little is left$/],
      [judgeNode(node('True', { spec: { unschedulable: true } })), 'warn', /cordoned/],
    ],
  };
  for (const [what, rows] of Object.entries(cases))
    it(`judges ${what}`, () => {
      for (const [finding, state, why] of rows) {
        assert.equal(finding.state, state, finding.why);
        assert.match(finding.why, why);
        assert.equal(finding.remedy === undefined, state === 'ok', finding.why);
      }
    });

  it('has checks of different names', () => {
    assert.equal(new Set(doctorChecks.map(({ name }) => name)).size, doctorChecks.length);
  });

  it('looks at the host alone where there is no cluster', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'k8ts-doctor-'));
    try {
      const findings = await runDoctor(dataDir, {
        clock: systemClock,
        connect: () => Promise.reject(new Error('there is nobody to ask')),
      });
      const names = new Set(findings.map(({ name }) => name));
      for (const name of ['rights', 'programs', 'Docker', 'iptables', 'swap', 'cgroups', 'disk space', 'ports'])
        assert.ok(names.has(name), name);
      assert.ok(!findings.some(({ why }) => why.includes('cannot be looked at')), JSON.stringify(findings));
      for (const name of ['kube-apiserver', 'certificates', 'clocks']) assert.ok(!names.has(name), name);
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});
