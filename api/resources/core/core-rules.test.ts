import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { KubeObject } from '../../meta/object.ts';
import type { ResourceRow } from '../define-resource.ts';
import { deployments } from '../apps/deployment.ts';
import { endpoints } from './endpoints.ts';
import { nodes } from './node.ts';
import { persistentVolumes } from './persistent-volume.ts';
import { persistentVolumeClaims } from './persistent-volume-claim.ts';
import { pods } from './pod.ts';
import { validatePodResize } from './pod-resize.ts';
import { resourceQuotas } from './resource-quota.ts';
import { secrets } from './secret.ts';

const row = (one: unknown): ResourceRow => one as ResourceRow;

/** The object as it is when validation sees it. */
function prepared(one: unknown, body: object): KubeObject {
  const object = { metadata: { name: 'v' }, ...structuredClone(body) } as KubeObject;
  row(one).setDefaults?.(object);
  row(one).prepareForCreate?.(object);
  return object;
}

const complaints = (one: unknown, body: object): string[] =>
  (row(one).validate?.(prepared(one, body)) ?? []).map(String);

const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const tooManyTypes = 'Forbidden: may not specify more than 1 volume type';

const pod = (spec: object, container: object = {}, metadata: object = {}): object => ({
  metadata: { name: 'v', ...metadata },
  spec: { serviceAccountName: 's', containers: [{ name: 'c', image: 'i', ...container }], ...spec },
});
const withVolumes = (...volumes: object[]): object => pod({ volumes });
const volume = (spec: object): object => ({
  spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, ...spec },
});
const annotated = (key: string, value: string): object => ({ annotations: { [key]: value } });
const ofC = 'container.seccomp.security.alpha.kubernetes.io/c';

describe('rules of the core kinds', () => {
  for (const { what, of = pods, body, errors } of [
    {
      what: 'volumes of two sources, as upstream spells them',
      body: withVolumes({ name: 'v', emptyDir: {}, gcePersistentDisk: { pdName: 'x' }, cephfs: {}, downwardAPI: {} }),
      errors: ['gcePersistentDisk', 'cephFS', 'downwarAPI'].map((field) => `spec.volumes[0].${field}: ${tooManyTypes}`),
    },
    {
      what: 'a path of two dots is told of twice',
      body: withVolumes({ name: 'v', secret: { secretName: 's', items: [{ key: 'a', path: '..' }] } }),
      errors: ["must not contain '..'", "must not start with '..'"].map(
        (why) => `spec.volumes[0].secret.items[0].path: Invalid value: "..": ${why}`,
      ),
    },
    {
      what: 'an interface whose name is too long',
      body: withVolumes({
        name: 'v',
        iscsi: { targetPortal: 'x'.repeat(63), iqn: 'iqn.2000-01.a:b', lun: 1, initiatorName: 'iqn.2000-01.a:b' },
      }),
      errors: [
        'spec.volumes[0].name: Invalid value: "v": Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.',
      ],
    },
    {
      what: 'the secret of a driver',
      body: withVolumes({ name: 'v', csi: { driver: 'd', nodePublishSecretRef: { name: 'A_' } } }),
      errors: [`spec.volumes[0].csi.name: Invalid value: "A_": ${subdomain}`],
    },
    {
      what: 'a claim that an ephemeral volume makes',
      body: withVolumes(
        {
          name: 'e',
          ephemeral: {
            volumeClaimTemplate: {
              metadata: { uid: 'u', name: 'n' },
              spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
            },
          },
        },
        { name: 'p', persistentVolumeClaim: { claimName: 'v-e' } },
      ),
      errors: [
        'spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.name: Forbidden: cannot be set',
        'spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.uID: Forbidden: cannot be set',
        'spec.volumes[1].persistentVolumeClaim.claimName: Invalid value: "v-e": must not reference a PVC that gets created for an ephemeral volume',
      ],
    },
    {
      what: 'a rule of restarts that says nothing',
      body: pod({}, { restartPolicy: 'Never', restartPolicyRules: [{ exitCodes: { values: [1, 1] } }] }),
      errors: [
        'spec.containers[0].restartPolicyRules[0].action: Unsupported value: "": supported values: "Restart", "RestartAllContainers"',
        'spec.containers[0].restartPolicyRules[0].exitCodes.operator: Unsupported value: "": supported values: "In", "NotIn"',
      ],
    },
    {
      what: 'too many rules of restarts',
      body: pod(
        {},
        {
          restartPolicy: 'Never',
          restartPolicyRules: Array.from({ length: 21 }, () => ({
            action: 'Restart',
            exitCodes: { operator: 'In', values: [] },
          })),
        },
      ),
      errors: ['spec.containers[0].restartPolicyRules: Too many: 21: must have at most 20 items'],
    },
    {
      what: 'claims of containers, whole and in part',
      body: pod(
        {
          resourceClaims: [
            { name: 'b', resourceClaimName: 'x' },
            { name: 'a', resourceClaimName: 'x' },
          ],
        },
        { resources: { claims: [{ name: 'a', request: 'r' }, { name: 'a' }, { name: 'z' }] } },
      ),
      errors: [
        'spec.containers[0].resources.claims[1]: Duplicate value: "a"',
        'spec.containers[0].resources.claims[2]: Not found: "z": must be one of the names in pod.spec.resourceClaims: a, b',
      ],
    },
    {
      what: 'containers that take more than their pod',
      body: pod(
        { resources: { requests: { cpu: '1' }, limits: { cpu: '1', 'hugepages-2Mi': '2Mi' } } },
        { resources: { requests: { cpu: '2' }, limits: { cpu: '2', 'hugepages-2Mi': '4Mi' } } },
      ),
      errors: [
        'spec.resources.requests[cpu]: Invalid value: "1": must be greater than or equal to aggregate container requests of 2',
        'spec.resources.requests[hugepages-2Mi]: Invalid value: "2Mi": must be greater than or equal to aggregate container requests of 4Mi',
        'spec.resources.limits[hugepages-2Mi]: Invalid value: "2Mi": must be greater than or equal to aggregate container limits of 4Mi',
        'spec.resources.containers[0][cpu].limits: Invalid value: "2": must be less than or equal to pod limits of 1',
        'spec.resources.containers[0][hugepages-2Mi].limits: Invalid value: "4Mi": must be less than or equal to pod limits of 2Mi',
      ],
    },
    {
      what: 'resources of a whole pod of Windows',
      body: pod({ os: { name: 'windows' }, resources: { requests: { cpu: '1' } } }),
      errors: ['spec.resources: Forbidden: may not be set for a windows pod'],
    },
    {
      what: 'a label that pods are chosen by twice',
      body: pod(
        {
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: 'z',
              whenUnsatisfiable: 'DoNotSchedule',
              labelSelector: { matchLabels: { a: 'b' } },
              matchLabelKeys: ['x', 'a'],
            },
          ],
        },
        {},
        { labels: { a: 'b' } },
      ),
      errors: [
        'spec.topologySpreadConstraints[0][1]: Invalid value: "a": exists in both matchLabelKeys and labelSelector',
      ],
    },
    {
      what: 'a seccomp profile in an annotation that is none',
      body: pod({}, {}, annotated(ofC, 'localhost//x')),
      errors: [`metadata.annotations.${ofC}: Invalid value: "/x": must be a relative path`],
    },
    {
      what: 'a seccomp profile in an annotation and another one in the field',
      body: pod(
        {},
        { securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 'a' } } },
        annotated(ofC, 'localhost/b'),
      ),
      errors: [
        'spec.containers[0].securityContext.seccompProfile.localhostProfile: Forbidden: seccomp profile in annotation and field must match',
      ],
    },
    {
      what: 'all that is wrong with the name of a Windows user',
      body: pod({ securityContext: { windowsOptions: { runAsUserName: '.\\' } } }),
      errors: [
        "runAsUserName's Domain doesn't match the NetBios nor the DNS format",
        "runAsUserName's User cannot be empty",
      ].map((why) => `spec.securityContext.windowsOptions.runAsUserName: Invalid value: ".\\\\": ${why}`),
    },
    {
      what: 'values that no label has, in what is only preferred',
      body: pod({
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, preference: { matchExpressions: [{ key: 'a', operator: 'In', values: ['!'] }] } },
            ],
          },
        },
      }),
      errors: [],
    },
    {
      what: 'a template on the network of its host, with an image volume that is to be filled in',
      of: deployments,
      body: {
        spec: {
          selector: { matchLabels: { a: 'b' } },
          template: {
            metadata: { labels: { a: 'b' } },
            spec: {
              hostNetwork: true,
              containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }] }],
              volumes: [{ name: 'v', image: {} }],
            },
          },
        },
      },
      errors: [],
    },
    {
      what: 'several pods on one disk, which the driver looks after',
      of: deployments,
      body: {
        spec: {
          replicas: 2,
          selector: { matchLabels: { a: 'b' } },
          template: {
            metadata: { labels: { a: 'b' } },
            spec: {
              containers: [{ name: 'c', image: 'i' }],
              volumes: [{ name: 'v', gcePersistentDisk: { pdName: 'd' } }],
            },
          },
        },
      },
      errors: [],
    },
    {
      what: 'the names of a persistent volume on a target',
      of: persistentVolumes,
      body: volume({ iscsi: { targetPortal: 'p', iqn: 'x', lun: 1, secretRef: {} } }),
      errors: ['spec.iscsi.iqn: Invalid value: "x": must be valid format', 'spec.iscsi.secretRef.name: Required value'],
    },
    {
      what: 'namespaces of the secrets of a persistent volume',
      of: persistentVolumes,
      body: volume({ storageos: { volumeName: 'v', secretRef: { name: 's' } } }),
      errors: ['spec.storageos.secretRef.namespace: Required value'],
    },
    {
      what: 'resources of a node',
      of: nodes,
      body: { status: { capacity: { pods: '1500m' } } },
      errors: ['capacity', 'allocatable'].map(
        (list) => `status.${list}.pods: Invalid value: "1500m": must be an integer`,
      ),
    },
    {
      what: 'address ranges of a node that stand twice',
      of: nodes,
      body: { spec: { podCIDRs: ['10.0.0.0/24', '10.0.0.0/24'] } },
      errors: [
        'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.0.0/24"]: may specify no more than one CIDR for each IP family',
        'spec.podCIDRs[1]: Duplicate value: "10.0.0.0/24"',
      ],
    },
    {
      what: 'scopes of a quota that exclude each other',
      of: resourceQuotas,
      body: {
        spec: {
          hard: { pods: '1', secrets: '1' },
          scopeSelector: {
            matchExpressions: [
              { scopeName: 'BestEffort', operator: 'Exists' },
              { scopeName: 'NotBestEffort', operator: 'Exists', values: ['x'] },
            ],
          },
        },
      },
      errors: [
        ...Array.from(
          { length: 2 },
          () =>
            'spec.scopeSelector.matchExpressions: Invalid value: {"MatchExpressions":[{"ScopeName":"BestEffort","Operator":"Exists","Values":null},{"ScopeName":"NotBestEffort","Operator":"Exists","Values":["x"]}]}: unsupported scope applied to resource',
        ),
        `spec.scopeSelector.matchExpressions.values: Invalid value: ["x"]: must be no value when \`operator\` is 'Exist' or 'DoesNotExist' for scope selector`,
        'spec.scopeSelector.matchExpressions: Invalid value: null: conflicting scopes',
      ],
    },
    {
      what: 'a docker configuration that is no JSON, in the words of Go',
      of: secrets,
      body: { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': '{a' } },
      errors: [
        `data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid character 'a' looking for beginning of object key string`,
      ],
    },
    {
      what: 'an endpoint that is no address',
      of: endpoints,
      body: { subsets: [{ addresses: [{ ip: 'x' }], ports: [{ port: 80 }] }] },
      errors: ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)', 'must be a valid IP address'].map(
        (why) => `subsets[0].addresses[0].ip: Invalid value: "x": ${why}`,
      ),
    },
  ])
    it(what, () => assert.deepEqual(complaints(of, body), errors));

  it('warns of values that no label has, and of addresses that are not in canonical form', () => {
    const body = pod({
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, preference: { matchExpressions: [{ key: 'a', operator: 'In', values: ['!'] }] } },
          ],
        },
      },
      hostAliases: [{ ip: '2001:DB8::1' }],
    });
    const warnings = row(pods).warnings?.(prepared(pods, body)) ?? [];
    assert.equal(warnings.length, 2);
    assert.match(warnings[0]!, /preference\.matchExpressions\[0\]\.values\[0\]: ! is invalid, a valid label must be/);
    assert.match(warnings[1]!, /^spec\.hostAliases\[0\]\.ip: IPv6 address "2001:DB8::1" should be in RFC 5952/);
  });

  const bound = {
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      volumeAttributesClassName: 'a',
    },
  };
  for (const { what, of, next, old, errors } of [
    {
      what: 'a claim does not give up its class of attributes',
      of: persistentVolumeClaims,
      old: { ...bound, status: { phase: 'Bound' } },
      next: { spec: { ...bound.spec, volumeAttributesClassName: '' }, status: { phase: 'Bound' } },
      errors: ['spec.volumeAttributesClassName: Forbidden: update from non-nil value to an empty string is forbidden'],
    },
    {
      what: 'the annotation of a class stays',
      of: persistentVolumeClaims,
      old: bound,
      next: { ...bound, metadata: { name: 'v', annotations: { 'volume.beta.kubernetes.io/storage-class': 'x' } } },
      errors: ['metadata.annotations.volume.beta.kubernetes.io/storage-class: Invalid value: "x": field is immutable'],
    },
    {
      what: 'the labels of a volume take their newer names',
      of: persistentVolumes,
      old: volume({ hostPath: { path: '/x' }, nodeAffinity: zone('failure-domain.beta.kubernetes.io/zone') }),
      next: volume({ hostPath: { path: '/x' }, nodeAffinity: zone('topology.kubernetes.io/zone') }),
      errors: [],
    },
    {
      what: 'and no other ones',
      of: persistentVolumes,
      old: volume({ hostPath: { path: '/x' }, nodeAffinity: zone('a') }),
      next: volume({ hostPath: { path: '/x' }, nodeAffinity: zone('b') }),
      errors: [
        'nodeAffinity: Invalid value: {"Required":{"NodeSelectorTerms":[{"MatchExpressions":[{"Key":"b","Operator":"In","Values":["v"]}],"MatchFields":null}]}}: field is immutable, except for updating from beta label to GA',
      ],
    },
  ]) {
    it(what, () => {
      const before = { metadata: { name: 'v' }, ...old } as KubeObject;
      const after = { metadata: { name: 'v' }, ...next } as KubeObject;
      for (const object of [before, after]) row(of).setDefaults?.(object);
      assert.deepEqual((row(of).validateUpdate?.(after, before) ?? []).map(String), errors);
    });
  }

  const sized = (container: object, more: object = {}): object => pod(more, { resources: container });
  const small = { requests: { cpu: '1' } };
  for (const { what, old, next, status = {}, errors } of [
    { what: 'a container takes more', old: sized(small), next: sized({ requests: { cpu: '2' } }), errors: [] },
    {
      what: 'a container of a node that cannot',
      old: sized(small),
      next: sized({ requests: { cpu: '2' } }),
      status: { containerStatuses: [{ name: 'c', state: { running: {} } }] },
      errors: ['spec: Forbidden: Pod running on node without support for resize'],
    },
    {
      what: 'an init container that would run again',
      old: sized(small, { initContainers: [initContainer('1')] }),
      next: sized(small, { initContainers: [initContainer('2')] }),
      errors: [
        'spec.initContainers[0]: Forbidden: non-sidecar init containers with a resize policy of RestartContainer cannot be resized',
      ],
    },
    {
      what: 'the resources of a whole pod stay',
      old: pod({ resources: { requests: { cpu: '1', memory: '1Gi' } } }),
      next: pod({ resources: { requests: { memory: '1Gi' } } }),
      errors: ['spec.resources.requests: Forbidden: pod-level resource requests cannot be removed'],
    },
  ]) {
    it(`resizing: ${what}`, () => {
      const before = prepared(pods, old);
      Object.assign((before as { status?: object }).status ?? {}, status);
      assert.deepEqual(validatePodResize(prepared(pods, next) as never, before as never).map(String), errors);
    });
  }
});

function zone(key: string): object {
  return { required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: ['v'] }] }] } };
}

function initContainer(cpu: string): object {
  const resizePolicy = [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }];
  return { name: 'i', image: 'i', resources: { requests: { cpu } }, resizePolicy };
}
