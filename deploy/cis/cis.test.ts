import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import { createTestDataDir, type TestDataDir } from '../../test/support/pki.ts';
import { ensureAuditPolicy } from '../audit-policy.ts';
import { clusterPaths, componentNames, type ComponentName } from '../cluster-config.ts';
import { componentCommands } from '../component-commands.ts';
import { writeKubeconfigs } from '../kubeconfigs.ts';
import { ensurePki } from '../pki/ensure-pki.ts';
import { closePaths } from '../pki/private-modes.ts';
import type { UpOptions } from '../resolve-cluster.ts';
import { flagsOf } from '../running-flags.ts';
import type { CisFacts, CisState } from './cis-check.ts';
import type { ClusterObjects } from './cluster-objects.ts';
import { cisGroups } from './index.ts';
import { judgeAll, type CisResult } from './run-cis.ts';

const noObjects: ClusterObjects = {
  namespaces: [],
  pods: [],
  serviceAccounts: [],
  networkPolicies: [],
  clusterRoles: [],
  clusterRoleBindings: [],
  roles: [],
  roleBindings: [],
};

const everything = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
const rbac = 'rbac.authorization.k8s.io';
const pod = (spec: Partial<Pod['spec']>, namespace = 'shop'): Pod => ({
  metadata: { name: 'web', namespace },
  spec: { containers: [{ name: 'web', image: 'web' }], ...spec },
});

describe('the CIS benchmark', () => {
  let place: TestDataDir;
  const open = async (options: Omit<UpOptions, 'dataDir'>): Promise<void> => {
    place = createTestDataDir(options);
    const { dataDir } = place.config;
    mkdirSync(clusterPaths(dataDir).etcd, { mode: 0o700 });
    await ensurePki(place.config, place.deps);
    await writeKubeconfigs(place.config);
    await ensureAuditPolicy(clusterPaths(dataDir).auditPolicy);
  };
  /** As if the components ran as `k8ts up` starts them, and with more flags. */
  const judge = (
    more: Partial<Record<ComponentName, readonly string[]>> = {},
    objects?: Partial<ClusterObjects>,
    running: readonly ComponentName[] = componentNames,
  ): CisResult[] => {
    const facts: CisFacts = {
      config: place.config,
      paths: clusterPaths(place.config.dataDir),
      flags: (name) => {
        const [command] = running.includes(name) ? componentCommands({ ...place.config, components: [name] }) : [];
        return command && flagsOf([...command.args, ...(more[name] ?? [])]);
      },
      objects: objects && { ...noObjects, ...objects },
    };
    return judgeAll(facts);
  };
  const idsOf = (results: readonly CisResult[], state: CisState): string[] =>
    results.filter((result) => result.state === state).map(({ id }) => id);

  it('has every recommendation once, in order', () => {
    const ids = cisGroups.flatMap(({ checks }) => checks.map(({ id }) => id));
    assert.equal(new Set(ids).size, ids.length);
    const byNumber = (a: string, b: string): number => {
      const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
      const at = left.findIndex((number, i) => number !== right[i]);
      return at < 0 ? 0 : left[at]! - (right[at] ?? 0);
    };
    assert.deepEqual(ids.toSorted(byNumber), ids);
    assert.equal(ids.length, 133);
  });

  describe('of a cluster as k8ts up starts it', () => {
    before(() => open({ etcdListenClientUrls: undefined, etcdListenPeerUrls: undefined }));
    after(() => place?.remove());

    it('fails nothing, and gives a remedy for all that it warns of', () => {
      const results = judge({}, {});
      assert.deepEqual(idsOf(results, 'FAIL'), []);
      for (const { id, state, reason, remedy } of results) {
        assert.ok(reason, id);
        assert.equal(remedy !== undefined, state === 'WARN', id);
      }
      assert.ok(['1.2.23', '1.2.26', '2.1', '2.2'].every((id) => idsOf(results, 'WARN').includes(id)));
    });

    for (const [component, args, ids] of [
      ['kube-apiserver', ['--token-auth-file=tokens.csv'], ['1.2.2']],
      ['kube-apiserver', ['--authorization-mode=AlwaysAllow'], ['1.2.6']],
      ['kube-apiserver', ['--enable-admission-plugins=AlwaysAdmit'], ['1.2.10']],
      ['kube-apiserver', ['--disable-admission-plugins=ServiceAccount,NamespaceLifecycle'], ['1.2.12', '1.2.13']],
      ['kube-apiserver', ['--profiling'], ['1.2.15']],
      [
        'kube-apiserver',
        ['--audit-log-path=a', '--audit-log-maxage=2', '--audit-log-maxbackup=10'],
        ['1.2.17', '1.2.19'],
      ],
      ['kube-apiserver', ['--service-account-lookup=false'], ['1.2.21']],
      ['kube-apiserver', ['--etcd-servers=http://192.0.2.7:2379'], ['1.2.23', '1.2.26']],
      ['kube-apiserver', ['--tls-cipher-suites=TLS_RSA_WITH_AES_128_CBC_SHA'], ['1.2.29']],
      ['kube-apiserver', ['--encryption-provider-config=/not/there'], ['1.2.28']],
      ['kube-controller-manager', ['--use-service-account-credentials=false'], ['1.3.3']],
      ['kube-controller-manager', ['--bind-address', '0.0.0.0'], ['1.3.7']],
      ['kube-scheduler', ['--profiling=true', '--bind-address=::'], ['1.4.1', '1.4.2']],
      ['etcd', ['--listen-client-urls=http://0.0.0.0:2379'], ['2.1', '2.2', '2.7']],
      ['etcd', ['--auto-tls', '--peer-auto-tls=true'], ['2.3', '2.6']],
      ['kubelet', ['--anonymous-auth=true', '--authorization-mode=AlwaysAllow'], ['4.2.1', '4.2.2']],
      ['kubelet', ['--read-only-port=10255'], ['4.2.4']],
      ['kubelet', ['--rotate-certificates=false'], ['4.2.10']],
      ['kube-proxy', ['--metrics-bind-address=0.0.0.0:10249'], ['4.3.1']],
    ] as const)
      it(`fails ${ids.join(' and ')} with ${args.join(' ')} of ${component}`, () => {
        assert.deepEqual(idsOf(judge({ [component]: args }), 'FAIL'), ids);
      });

    it('reads what the file of --config says where the flag is not given', () => {
      const file = join(place.config.dataDir, 'kubelet.yaml');
      writeFileSync(file, 'readOnlyPort: 10255\nseccompDefault: true\n', { mode: 0o644 });
      const flags = flagsOf([`--config=${file}`]);
      assert.deepEqual(
        [flags.configured('readOnlyPort'), flags.configured('authentication.anonymous.enabled')],
        [10255, undefined],
      );
      const results = judge({ kubelet: [`--config=${file}`] });
      assert.deepEqual(idsOf(results, 'FAIL'), ['4.1.9']);
      assert.ok(idsOf(results, 'PASS').includes('4.2.14'));
    });

    it('fails files that others have rights on', () => {
      const paths = clusterPaths(place.config.dataDir);
      chmodSync(paths.etcd, 0o755);
      chmodSync(paths.adminKubeconfig, 0o644);
      chmodSync(paths.pkiFile('sa.key'), 0o640);
      assert.deepEqual(idsOf(judge(), 'FAIL'), ['1.1.11', '1.1.13', '1.1.21']);
      closePaths(place.config.dataDir);
      assert.deepEqual(idsOf(judge(), 'FAIL'), []);
    });

    it('is silent on what does not run', () => {
      const results = judge({}, undefined, ['etcd']);
      assert.deepEqual(idsOf(results, 'FAIL'), []);
      for (const { id, state, reason } of results)
        if (id.startsWith('1.2.')) assert.deepEqual([state, reason], ['INFO', 'kube-apiserver does not run']);
      assert.match(results.find(({ id }) => id === '5.1.1')!.reason, /cannot be asked/);
    });

    for (const { what, objects, ids } of [
      {
        what: 'a second binding of cluster-admin',
        objects: {
          clusterRoles: [
            {
              metadata: { name: 'cluster-admin', labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } },
              rules: [everything],
            },
          ],
          clusterRoleBindings: [
            {
              metadata: { name: 'mine' },
              roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
              subjects: [{ kind: 'User', name: 'eve' }],
            },
          ],
        },
        ids: ['5.1.1', '5.1.2', '5.1.4', '5.1.8', '5.1.9', '5.1.10', '5.1.11', '5.1.12', '5.1.13'],
      },
      {
        what: 'a role that reads secrets in one namespace',
        objects: {
          roles: [
            {
              metadata: { name: 'reader', namespace: 'shop' },
              rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
            },
          ],
          roleBindings: [
            {
              metadata: { name: 'readers', namespace: 'shop' },
              roleRef: { apiGroup: rbac, kind: 'Role', name: 'reader' },
              subjects: [{ kind: 'User', name: 'eve' }],
            },
          ],
        },
        ids: ['5.1.2'],
      },
      {
        what: 'a role with a wildcard that nobody has',
        objects: { clusterRoles: [{ metadata: { name: 'all' }, rules: [everything] }] },
        ids: ['5.1.3'],
      },
      {
        what: 'a privileged pod with the token of a default service account',
        objects: { pods: [pod({ containers: [{ name: 'a', securityContext: { privileged: true } }] })] },
        ids: ['5.1.5', '5.1.6', '5.2.2', '5.2.6', '5.2.7', '5.2.8', '5.2.10', '5.6.2'],
      },
      {
        what: 'a pod of the host',
        objects: {
          pods: [
            pod({
              automountServiceAccountToken: false,
              hostNetwork: true,
              hostPID: true,
              hostIPC: true,
              volumes: [{ name: 'host', hostPath: { path: '/' } }],
              securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
              containers: [
                {
                  name: 'a',
                  ports: [{ containerPort: 80, hostPort: 80 }],
                  env: [{ name: 'KEY', valueFrom: { secretKeyRef: { name: 'key', key: 'key' } } }],
                  securityContext: {
                    allowPrivilegeEscalation: false,
                    capabilities: { drop: ['ALL'], add: ['SYS_TIME'] },
                  },
                },
              ],
            }),
          ],
        },
        ids: ['5.2.3', '5.2.4', '5.2.5', '5.2.9', '5.2.12', '5.2.13', '5.4.1'],
      },
      {
        what: 'pods of its own parts',
        objects: { pods: [pod({ hostNetwork: true, serviceAccountName: 'dns' }, 'kube-system')] },
        ids: [],
      },
      {
        what: 'a namespace without bounds',
        objects: { namespaces: [{ metadata: { name: 'shop' } }] },
        ids: ['5.2.1', '5.3.2'],
      },
      {
        what: 'a namespace in bounds',
        objects: {
          namespaces: [{ metadata: { name: 'shop', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } }],
          networkPolicies: [{ metadata: { name: 'deny', namespace: 'shop' } }],
        },
        ids: [],
      },
    ] as { what: string; objects: Partial<ClusterObjects>; ids: string[] }[])
      it(`warns of ${ids.join(', ') || 'nothing'} for ${what}`, () => {
        const usual = idsOf(judge({}, {}), 'WARN');
        const warned = idsOf(judge({}, objects), 'WARN').filter((id) => !usual.includes(id));
        assert.deepEqual(warned, ids);
      });
  });

  describe('of a cluster with TLS for etcd and an audit log', () => {
    before(() =>
      open({
        audit: true,
        etcdListenClientUrls: ['https://0.0.0.0:2379'],
        etcdListenPeerUrls: ['https://0.0.0.0:2380'],
      }),
    );
    after(() => place?.remove());

    it('passes what is about them', () => {
      const passed = idsOf(judge(), 'PASS');
      const ids = [
        '1.2.16',
        '1.2.17',
        '1.2.18',
        '1.2.19',
        '1.2.23',
        '1.2.26',
        '2.1',
        '2.2',
        '2.4',
        '2.5',
        '2.7',
        '3.2.1',
        '3.2.2',
      ];
      for (const id of ids) assert.ok(passed.includes(id), id);
    });
  });
});
