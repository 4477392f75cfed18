import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { KubeObject } from '../meta/object.ts';
import { horizontalPodAutoscalers } from './autoscaling/horizontal-pod-autoscaler.ts';
import { certificateSigningRequests } from './certificates/certificate-signing-request.ts';
import { namespaces, validateNamespaceFinalizers } from './core/namespace.ts';
import { persistentVolumeClaims } from './core/persistent-volume-claim.ts';
import type { ResourceRow } from './define-resource.ts';
import { flowSchemas } from './flowcontrol/flow-schema.ts';
import { serviceCIDRs } from './networking/service-cidr.ts';
import { runtimeClasses } from './node/runtime-class.ts';
import { volumeAttachments } from './storage/volume-attachment.ts';

const row = (one: unknown): ResourceRow => one as ResourceRow;

/** What a row says of an object that has been defaulted, and prepared where `isPrepared`. */
function complaints(one: unknown, spec: object, name = 'v'): string[] {
  const object = { metadata: { name }, spec } as KubeObject;
  row(one).setDefaults?.(object);
  return (row(one).validate?.(object) ?? []).map(String);
}

describe('rules of kinds', () => {
  const metric = (metrics: object[]): object => ({
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
    maxReplicas: 5,
    metrics,
  });
  const types = '"ContainerResource", "External", "Object", "Pods", "Resource"';
  const level = { name: 'global-default' };
  const rule = (namespace: string): object => ({
    subjects: [{ kind: 'User', user: { name: 'u' } }],
    resourceRules: [{ verbs: ['get'], apiGroups: ['*'], resources: ['*'], namespaces: [namespace] }],
  });
  const attachment = (source: object): object => ({ attacher: 'a.example.com', nodeName: 'n', source });
  const csi = { driver: 'd.example.com', volumeHandle: 'h' };

  for (const { what, of, spec, name, errors } of [
    {
      what: 'a metric of an unknown type is told of twice',
      of: horizontalPodAutoscalers,
      spec: metric([{ type: 'X' }]),
      errors: [
        `spec.metrics[0].type: Unsupported value: "X": supported values: ${types}`,
        `spec.metrics[0].type: Unsupported value: "X": supported values: ${types}`,
      ],
    },
    {
      what: 'a metric of two sources',
      of: horizontalPodAutoscalers,
      spec: metric([
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 5 } },
          pods: { metric: { name: 'x' }, target: { type: 'AverageValue', averageValue: '1' } },
        },
      ]),
      errors: ['spec.metrics[0].pods: Forbidden: must populate the given metric source only'],
    },
    { what: 'finalizers of a namespace', of: namespaces, spec: { finalizers: ['kubernetes', 'a.com/b'] }, errors: [] },
    {
      what: 'a finalizer of a namespace without a domain',
      of: namespaces,
      spec: { finalizers: ['mine'] },
      errors: [
        'spec.finalizers: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
      ],
    },
    {
      what: 'a flow schema with an unknown distinguisher',
      of: flowSchemas,
      spec: { priorityLevelConfiguration: level, distinguisherMethod: { type: 'X' } },
      errors: [
        'spec.distinguisherMethod.type: Unsupported value: {"Type":"X"}: supported values: "ByNamespace", "ByUser"',
      ],
    },
    {
      what: 'a flow schema for a namespace that cannot be',
      of: flowSchemas,
      spec: { priorityLevelConfiguration: level, rules: [rule('a.b')] },
      errors: [
        'spec.rules[0].resourceRules[0].namespaces[0]: Invalid value: "a.b": each member of this list must be \'*\' or a DNS-1123 label; must not contain dots',
      ],
    },
    {
      what: 'a claim that has two sources',
      of: persistentVolumeClaims,
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
        dataSource: { kind: 'PersistentVolumeClaim', name: 'a' },
        dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'b' },
      },
      errors: ['spec: Invalid value: {}: must match dataSourceRef'],
    },
    {
      what: 'a certificate request that holds none',
      of: certificateSigningRequests,
      spec: { request: 'YQ==', signerName: 'example.com/s', usages: ['client auth'] },
      errors: ['spec.request: Invalid value: "YQ==": PEM block type must be CERTIFICATE REQUEST'],
    },
    { what: 'an attachment', of: volumeAttachments, spec: attachment({ persistentVolumeName: 'pv' }), errors: [] },
    {
      what: 'an attachment of a volume without a name',
      of: volumeAttachments,
      spec: attachment({ persistentVolumeName: '' }),
      errors: [
        'spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName',
        "spec.source.persistentVolumeName: Invalid value: \"\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      ],
    },
    {
      what: 'an attachment by nobody to nothing',
      of: volumeAttachments,
      spec: { source: {} },
      errors: [
        'spec.attacher: Required value',
        'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
        "spec.nodeName: Invalid value: \"\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        'spec.attacher: Required value',
      ],
    },
    {
      what: 'an attachment of an inline volume',
      of: volumeAttachments,
      spec: attachment({ inlineVolumeSpec: { csi, accessModes: ['ReadWriteOnce'] } }),
      errors: [],
    },
    {
      what: 'an inline volume with what is for claims',
      of: volumeAttachments,
      spec: attachment({
        inlineVolumeSpec: {
          hostPath: { path: '/x' },
          accessModes: ['ReadWriteOnce'],
          capacity: { storage: '1Gi' },
          storageClassName: 'a',
          volumeMode: 'Block',
          persistentVolumeReclaimPolicy: 'Delete',
        },
      }),
      errors: [
        'spec.source.inlineVolumeSpec.capacity: Forbidden: may not be specified in the context of inline volumes',
        'spec.source.inlineVolumeSpec.csi: Required value: has to be specified in the context of inline volumes',
        'spec.source.inlineVolumeSpec.persistentVolumeReclaimPolicy: Forbidden: may only be Retain in the context of inline volumes',
        'spec.source.inlineVolumeSpec.storageClassName: Forbidden: may not be specified in the context of inline volumes',
        'spec.source.inlineVolumeSpec.volumeMode: Forbidden: may not specify volumeMode other than Filesystem in the context of inline volumes',
      ],
    },
  ].map((one) => ({ name: 'v', ...one })))
    it(what, () => assert.deepEqual(complaints(of, spec, name), errors));

  it('schemas that must be there stay as they are', () => {
    const changed = { priorityLevelConfiguration: { name: 'exempt' }, matchingPrecedence: 1, rules: [] };
    assert.match(complaints(flowSchemas, changed, 'exempt').join(), /spec of 'exempt' must equal the fixed value/);
  });

  it('finalizers are told of one by one where they are written', () => {
    const namespace = { metadata: { name: 'n' }, spec: { finalizers: ['kubernetes', 'mine'] } };
    const [error] = validateNamespaceFinalizers(namespace, (index) => `spec.finalizers[${index}]`);
    assert.equal(error?.field, 'spec.finalizers[1]');
  });

  it('sources of claims in other namespaces are dropped', () => {
    const claim = {
      metadata: { name: 'c' },
      spec: { dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'a', namespace: 'other' } },
    };
    persistentVolumeClaims.prepareForCreate?.(claim);
    assert.equal(claim.spec.dataSourceRef, undefined);
  });

  for (const { from, to, errors } of [
    { from: ['10.0.0.0/24'], to: ['10.0.0.0/24', 'fd00::/112'], errors: [] },
    { from: ['10.0.0.0/24'], to: ['10.0.1.0/24'], errors: ['spec.cidrs[0]'] },
    { from: ['10.0.0.0/24'], to: ['10.0.1.0/24', 'fd00::/112'], errors: ['spec.cidrs[0]'] },
    { from: ['10.0.0.0/24', 'fd00::/112'], to: ['10.0.0.0/24'], errors: ['spec.cidrs'] },
  ])
    it(`a ServiceCIDR of ${from.join(' and ')} becomes one of ${to.join(' and ')}`, () => {
      const of = (cidrs: string[]) => ({ metadata: { name: 'c' }, spec: { cidrs } });
      const found = serviceCIDRs.validateUpdate?.(of(to), of(from)) ?? [];
      assert.deepEqual(
        found.map(({ field }) => field),
        errors,
      );
    });

  it('tolerations of a runtime class differ in more than their seconds', () => {
    const toleration = { key: 'a', operator: 'Exists', effect: 'NoExecute' };
    const runtimeClass = {
      metadata: { name: 'r' },
      handler: 'h',
      scheduling: { tolerations: [toleration, { ...toleration, tolerationSeconds: 5 }] },
    };
    assert.deepEqual((runtimeClasses.validate?.(runtimeClass) ?? []).map(String), [
      'scheduling.tolerations[1]: Duplicate value: {"Key":"a","Operator":"Exists","Value":"","Effect":"NoExecute","TolerationSeconds":5}',
    ]);
  });
});
