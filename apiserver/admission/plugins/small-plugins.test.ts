import assert from 'node:assert/strict';
import { generateKeyPairSync, webcrypto } from 'node:crypto';
import { beforeEach, describe, it } from 'mocha';
import type { KubeObject } from '../../../api/meta/object.ts';
import { certificateSigningRequests } from '../../../api/resources/certificates/certificate-signing-request.ts';
import { limitRanges } from '../../../api/resources/core/limit-range.ts';
import { namespaces } from '../../../api/resources/core/namespace.ts';
import { persistentVolumeClaims } from '../../../api/resources/core/persistent-volume-claim.ts';
import { persistentVolumes } from '../../../api/resources/core/persistent-volume.ts';
import { pods } from '../../../api/resources/core/pod.ts';
import { services } from '../../../api/resources/core/service.ts';
import { ingressClasses } from '../../../api/resources/networking/ingress-class.ts';
import { ingresses } from '../../../api/resources/networking/ingress.ts';
import { storageClasses } from '../../../api/resources/storage/storage-class.ts';
import type { LimitRangeItem, Pod, ResourceRequirements } from '../../../api/schema/generated/core-v1.ts';
import type { Attributes } from '../../authorizers/authorizer.ts';
import { alwaysDenyAuthorizer } from '../../authorizers/always-deny-authorizer.ts';
import { admissionRequest, createAdmissionDeps, run, type TestAdmissionDeps } from '../../../test/support/admission.ts';
import type { AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { createAlwaysAdmit, createAlwaysDeny } from './always.ts';
import { createAlwaysPullImages } from './always-pull-images.ts';
import { createCertificateApproval } from './certificate-approval.ts';
import { createCertificateSigning } from './certificate-signing.ts';
import { createCertificateSubjectRestriction } from './certificate-subject-restriction.ts';
import { createDefaultIngressClass } from './default-ingress-class.ts';
import { createDefaultStorageClass } from './default-storage-class.ts';
import { createDenyServiceExternalIps } from './deny-service-external-ips.ts';
import { createExtendedResourceToleration } from './extended-resource-toleration.ts';
import { createLimitPodHardAntiAffinityTopology } from './limit-pod-hard-anti-affinity-topology.ts';
import { createLimitRanger } from './limit-ranger.ts';
import { createNamespaceAutoProvision } from './namespace-auto-provision.ts';
import { createNamespaceExists } from './namespace-exists.ts';
import { createOwnerReferencesPermissionEnforcement } from './owner-references-permission-enforcement.ts';
import { createPersistentVolumeClaimResize } from './persistent-volume-claim-resize.ts';
import { createPodNodeSelector } from './pod-node-selector.ts';
import { createPodTolerationRestriction } from './pod-toleration-restriction.ts';
import { createStorageObjectInUseProtection } from './storage-object-in-use-protection.ts';

let deps: TestAdmissionDeps;
beforeEach(() => {
  deps = createAdmissionDeps();
});

async function ask<T extends object>(
  plugin: AdmissionPlugin,
  row: { readonly kind: string },
  object: T,
  more: Partial<AdmissionRequest> = {},
): Promise<T> {
  await run(plugin, admissionRequest(row, object as unknown as KubeObject, more));
  return object;
}
const update = (oldObject: unknown, subresource = ''): Partial<AdmissionRequest> => ({
  operation: 'UPDATE',
  subresource,
  oldObject: oldObject as AdmissionRequest['oldObject'],
});
const pod = (spec: Partial<NonNullable<Pod['spec']>> = {}): Pod => ({
  metadata: { namespace: 'a', name: 'p' },
  spec: { containers: [{ name: 'c' }], ...spec },
});

describe('LimitRanger', () => {
  const range = (...limits: LimitRangeItem[]): void =>
    void deps.cache.put(limitRanges, { metadata: { namespace: 'a', name: 'l' }, spec: { limits } });
  const withResources = (resources: ResourceRequirements): Pod => pod({ containers: [{ name: 'c', resources }] });

  it('fills in what containers leave out, and says so', async () => {
    range({ type: 'Container', default: { cpu: '500m', memory: '1Gi' }, defaultRequest: { cpu: '100m' } });
    const { metadata, spec } = await ask(createLimitRanger(deps), pods, pod({ initContainers: [{ name: 'i' }] }));
    assert.deepEqual(spec!.containers[0]!.resources, {
      requests: { cpu: '100m' },
      limits: { cpu: '500m', memory: '1Gi' },
    });
    assert.equal(
      metadata.annotations!['kubernetes.io/limit-ranger'],
      'LimitRanger plugin set: cpu request for container c; cpu, memory limit for container c; cpu request for init container i; cpu, memory limit for init container i',
    );
    const said = await ask(
      createLimitRanger(deps),
      pods,
      withResources({ requests: { cpu: '1' }, limits: { cpu: '1', memory: '1' } }),
    );
    assert.equal(said.metadata.annotations, undefined);
  });

  const cases: [string, LimitRangeItem, ResourceRequirements, string][] = [
    [
      'too much',
      { type: 'Container', max: { cpu: '2' } },
      { limits: { cpu: '3' } },
      'maximum cpu usage per Container is 2, but limit is 3',
    ],
    [
      'no limit',
      { type: 'Container', max: { cpu: '2' } },
      {},
      'maximum cpu usage per Container is 2.  No limit is specified',
    ],
    [
      'too little',
      { type: 'Container', min: { cpu: '50m' } },
      { requests: { cpu: '10m' } },
      'minimum cpu usage per Container is 50m, but request is 10m',
    ],
    [
      'no request',
      { type: 'Container', min: { cpu: '50m' } },
      {},
      'minimum cpu usage per Container is 50m.  No request is specified',
    ],
    [
      'a ratio',
      { type: 'Container', maxLimitRequestRatio: { cpu: '10' } },
      { requests: { cpu: '50m' }, limits: { cpu: '1' } },
      'cpu max limit to request ratio per Container is 10, but provided ratio is 20.000000',
    ],
    [
      'the whole pod',
      { type: 'Pod', max: { cpu: '2' } },
      { limits: { cpu: '3' } },
      'maximum cpu usage per Pod is 2, but limit is 3',
    ],
  ];
  for (const [name, limit, resources, why] of cases) {
    it(`refuses ${name}`, async () => {
      range(limit);
      await assert.rejects(() => ask(createLimitRanger(deps), pods, withResources(resources)), {
        message: `pods "p" is forbidden: ${why}`,
      });
    });
  }

  it('tells of everything at once', async () => {
    range({ type: 'Container', min: { cpu: '1' }, max: { memory: '1' } });
    await assert.rejects(() => ask(createLimitRanger(deps), pods, pod()), {
      message:
        'pods "p" is forbidden: [minimum cpu usage per Container is 1.  No request is specified, maximum memory usage per Container is 1.  No limit is specified]',
    });
  });

  it('tells once of what several containers break alike', async () => {
    range({ type: 'Container', max: { cpu: '1' } });
    const resources = { limits: { cpu: '2' } };
    await assert.rejects(
      () => ask(createLimitRanger(deps), pods, pod({ containers: ['c', 'd'].map((name) => ({ name, resources })) })),
      { message: 'pods "p" is forbidden: maximum cpu usage per Container is 1, but limit is 2' },
    );
  });

  it('limits claims by what they request', async () => {
    range({ type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '10Gi' } });
    const claim = (storage: string): object => ({
      metadata: { namespace: 'a', name: 'v' },
      spec: { resources: { requests: { storage } } },
    });
    await ask(createLimitRanger(deps), persistentVolumeClaims, claim('5Gi'));
    await assert.rejects(
      () => ask(createLimitRanger(deps), persistentVolumeClaims, claim('20Gi')),
      /maximum storage usage per PersistentVolumeClaim is 10Gi, but request is 20Gi/,
    );
  });
});

describe('storage plugins', () => {
  const claim = (
    spec: object = {},
    status: object = {},
  ): { metadata: { finalizers?: string[] }; spec: { storageClassName?: string } } =>
    ({ metadata: { namespace: 'a', name: 'v' }, spec, status }) as never;
  const marked = (name: string, creationTimestamp: string): void =>
    void deps.cache.put(storageClasses, {
      metadata: { name, creationTimestamp, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'p',
    });

  it('give the newest default class to a claim that names none', async () => {
    marked('old', '2025-01-01T00:00:00Z');
    marked('new-b', '2026-01-01T00:00:00Z');
    marked('new-a', '2026-01-01T00:00:00Z');
    const plugin = createDefaultStorageClass(deps);
    assert.equal((await ask(plugin, persistentVolumeClaims, claim())).spec.storageClassName, 'new-a');
    assert.equal(
      (await ask(plugin, persistentVolumeClaims, claim({ storageClassName: '' }))).spec.storageClassName,
      '',
    );
  });

  it('protect what is in use', async () => {
    const plugin = createStorageObjectInUseProtection();
    assert.deepEqual((await ask(plugin, persistentVolumeClaims, claim())).metadata.finalizers, [
      'kubernetes.io/pvc-protection',
    ]);
    const volume = await ask(plugin, persistentVolumes, { metadata: { name: 'v', finalizers: ['x'] } });
    assert.deepEqual(volume.metadata.finalizers, ['x', 'kubernetes.io/pv-protection']);
  });

  it('let a claim grow where its class allows it', async () => {
    deps.cache.put(storageClasses, { metadata: { name: 'grows' }, provisioner: 'p', allowVolumeExpansion: true });
    deps.cache.put(storageClasses, { metadata: { name: 'fixed' }, provisioner: 'p' });
    const sized = (storageClassName: string, storage: string): object =>
      claim({ storageClassName, resources: { requests: { storage } } }, { phase: 'Bound' });
    const plugin = createPersistentVolumeClaimResize(deps);
    const grow = (name: string): Promise<object> =>
      ask(plugin, persistentVolumeClaims, sized(name, '2Gi'), update(sized(name, '1Gi')));
    await grow('grows');
    await assert.rejects(() => grow('fixed'), /the storageclass that provisions the pvc must support resize/);
    await ask(plugin, persistentVolumeClaims, sized('fixed', '1Gi'), update(sized('fixed', '1Gi')));
  });
});

describe('DefaultIngressClass', () => {
  it('is for ingresses that name none', async () => {
    deps.cache.put(ingressClasses, {
      metadata: { name: 'usual', annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
    });
    const plugin = createDefaultIngressClass(deps);
    const named = (object: object): Promise<{ spec?: { ingressClassName?: string } }> => ask(plugin, ingresses, object);
    assert.equal((await named({ metadata: {}, spec: {} })).spec!.ingressClassName, 'usual');
    assert.equal((await named({ metadata: {}, spec: { ingressClassName: 'own' } })).spec!.ingressClassName, 'own');
    const old = { metadata: { annotations: { 'kubernetes.io/ingress.class': 'x' } }, spec: {} };
    assert.equal((await named(old)).spec!.ingressClassName, undefined);
  });
});

describe('certificate plugins', () => {
  const request = (status: object = {}, spec: object = {}): object => ({
    metadata: { name: 'csr' },
    spec: { signerName: 'example.com/s', request: '', ...spec },
    status,
  });

  it('want the right to approve for the signer, or for its domain', async () => {
    const approve = (): Promise<object> =>
      ask(createCertificateApproval(deps), certificateSigningRequests, request(), update(request(), 'approval'));
    const asked: Partial<Attributes>[] = [];
    deps = createAdmissionDeps({
      authorizer: {
        ...alwaysDenyAuthorizer,
        authorize: (attributes) => {
          asked.push(attributes);
          return { kind: attributes.name === 'example.com/*' ? 'allow' : 'noOpinion', reason: '' };
        },
      },
    });
    await approve();
    assert.deepEqual(
      asked.map(({ verb, group, resource, name }) => [verb, group, resource, name]),
      [
        ['approve', 'certificates.k8s.io', 'signers', 'example.com/s'],
        ['approve', 'certificates.k8s.io', 'signers', 'example.com/*'],
      ],
    );
    deps = createAdmissionDeps({ authorizer: alwaysDenyAuthorizer });
    await assert.rejects(approve, /user not permitted to approve requests with signerName "example.com\/s"/);
  });

  it('want the right to sign only where something is signed', async () => {
    deps = createAdmissionDeps({ authorizer: alwaysDenyAuthorizer });
    const sign = (status: object): Promise<object> =>
      ask(createCertificateSigning(deps), certificateSigningRequests, request(status), update(request(), 'status'));
    await sign({});
    await assert.rejects(() => sign({ certificate: 'x' }), /user not permitted to sign requests with signerName/);
  });

  it('keep client certificates out of system:masters', async () => {
    const signerName = 'kubernetes.io/kube-apiserver-client';
    const of = async (organization: string): Promise<object> => {
      const spec = {
        signerName,
        request: Buffer.from(await signingRequest(`CN=jane, O=${organization}`)).toString('base64'),
      };
      return ask(createCertificateSubjectRestriction(), certificateSigningRequests, request({}, spec));
    };
    await of('devs');
    await assert.rejects(() => of('system:masters'), /with system:masters group is not allowed/);
  });
});

async function signingRequest(name: string): Promise<string> {
  await import('reflect-metadata');
  const { Pkcs10CertificateRequestGenerator } = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const load = (key: typeof privateKey, format: 'pkcs8' | 'spki', usage: 'sign' | 'verify') =>
    webcrypto.subtle.importKey(format, key.export({ format: 'der', type: format } as never) as never, algorithm, true, [
      usage,
    ]);
  const keys = {
    privateKey: await load(privateKey, 'pkcs8', 'sign'),
    publicKey: await load(publicKey, 'spki', 'verify'),
  };
  const made = await Pkcs10CertificateRequestGenerator.create({
    name,
    keys: keys as never,
    signingAlgorithm: algorithm,
  });
  return made.toString('pem');
}

describe('plugins that are off by default', () => {
  it('AlwaysPullImages pulls always', async () => {
    const made = await ask(
      createAlwaysPullImages(),
      pods,
      pod({ containers: [{ name: 'c', imagePullPolicy: 'Never' }] }),
    );
    assert.equal(made.spec!.containers[0]!.imagePullPolicy, 'Always');
  });

  it('ExtendedResourceToleration tolerates the taint of a device', async () => {
    const requests = { 'example.com/gpu': '1', cpu: '1' };
    const made = await ask(
      createExtendedResourceToleration(),
      pods,
      pod({ containers: [{ name: 'c', resources: { requests } }] }),
    );
    assert.deepEqual(made.spec!.tolerations, [{ key: 'example.com/gpu', operator: 'Exists', effect: 'NoSchedule' }]);
  });

  it('LimitPodHardAntiAffinityTopology allows hosts only', async () => {
    const affinity = (topologyKey: string): Pod =>
      pod({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey }] } } });
    await ask(createLimitPodHardAntiAffinityTopology(), pods, affinity('kubernetes.io/hostname'));
    await assert.rejects(
      () => ask(createLimitPodHardAntiAffinityTopology(), pods, affinity('zone')),
      /has TopologyKey zone but only key kubernetes.io\/hostname is allowed/,
    );
  });

  it('DenyServiceExternalIPs lets old addresses stay', async () => {
    const service = (...externalIPs: string[]): object => ({
      metadata: { namespace: 'a', name: 's' },
      spec: { externalIPs },
    });
    const plugin = createDenyServiceExternalIps();
    await assert.rejects(() => ask(plugin, services, service('1.2.3.4')), /Use of external IPs is denied/);
    await ask(plugin, services, service('1.2.3.4'), update(service('1.2.3.4', '5.6.7.8')));
  });

  it('PodNodeSelector adds the selector of the namespace', async () => {
    deps.cache.put(namespaces, {
      metadata: { name: 'a', annotations: { 'scheduler.alpha.kubernetes.io/node-selector': 'disk=ssd' } },
    });
    const plugin = createPodNodeSelector(deps);
    assert.deepEqual((await ask(plugin, pods, pod({ nodeSelector: { x: 'y' } }))).spec!.nodeSelector, {
      disk: 'ssd',
      x: 'y',
    });
    await assert.rejects(
      () => ask(plugin, pods, pod({ nodeSelector: { disk: 'hdd' } })),
      /conflicts with its namespace/,
    );
  });

  it('OwnerReferencesPermissionEnforcement wants rights on object and owner', async () => {
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u', blockOwnerDeletion: true };
    const owned = { metadata: { namespace: 'a', name: 'p', ownerReferences: [owner] } };
    const plain = { metadata: { namespace: 'a', name: 'p' } };
    await ask(createOwnerReferencesPermissionEnforcement(deps), pods, owned);
    deps = createAdmissionDeps({ authorizer: alwaysDenyAuthorizer });
    const plugin = createOwnerReferencesPermissionEnforcement(deps);
    await assert.rejects(
      () => ask(plugin, pods, owned),
      /cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on/,
    );
    await assert.rejects(
      () => ask(plugin, pods, owned, update(plain)),
      /cannot set an ownerRef on a resource you can't delete/,
    );
    await ask(plugin, pods, owned, update(owned));
    const unknown = { metadata: { ...owned.metadata, ownerReferences: [{ ...owner, kind: 'Bogus' }] } };
    await assert.rejects(() => ask(plugin, pods, unknown), /no matches for kind "Bogus" in version "apps\/v1"/);
  });
});

describe('NamespaceExists and NamespaceAutoProvision', () => {
  const object = { metadata: { namespace: 'new', name: 'x' } };
  it('refuse, or make, a namespace that is missing', async () => {
    await assert.rejects(() => ask(createNamespaceExists(deps), pods, object), {
      message: 'namespaces "new" not found',
    });
    const made: (string | undefined)[] = [];
    deps = createAdmissionDeps({
      client: {
        create: ((_: unknown, { metadata }: KubeObject) => Promise.resolve(made.push(metadata.name))) as never,
      },
    });
    await ask(createNamespaceAutoProvision(deps), pods, object);
    await ask(createNamespaceAutoProvision(deps), pods, object, { dryRun: true });
    assert.deepEqual(made, ['new']);
  });
});

describe('PodTolerationRestriction', () => {
  const annotate = (name: string, tolerations: object[]): void =>
    void deps.cache.put(namespaces, {
      metadata: { name: 'a', annotations: { [`scheduler.alpha.kubernetes.io/${name}`]: JSON.stringify(tolerations) } },
    });
  const cpu = { containers: [{ name: 'c', resources: { requests: { cpu: '1' } } }] };

  it('adds the tolerations of the namespace', async () => {
    const given = { key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' };
    annotate('defaultTolerations', [given]);
    const plugin = createPodTolerationRestriction(deps);
    assert.deepEqual((await ask(plugin, pods, pod())).spec!.tolerations, [given]);
    assert.deepEqual(
      (await ask(plugin, pods, pod(cpu))).spec!.tolerations!.map(({ key }) => key),
      ['k', 'node.kubernetes.io/memory-pressure'],
    );
    const other = { ...given, value: 'w' };
    const own = await ask(plugin, pods, pod({ tolerations: [other] }));
    assert.deepEqual(own.spec!.tolerations, [given, other]);
    const wide = { key: 'k', operator: 'Exists' };
    assert.deepEqual((await ask(plugin, pods, pod({ tolerations: [wide] }))).spec!.tolerations, [wide]);
  });

  it('keeps to the white list of the namespace', async () => {
    annotate('tolerationsWhitelist', [{ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 10 }]);
    const plugin = createPodTolerationRestriction(deps);
    const tolerating = (toleration: object): Pod => pod({ tolerations: [toleration] });
    await ask(plugin, pods, tolerating({ key: 'k', effect: 'NoExecute', tolerationSeconds: 5 }));
    for (const wrong of [{ key: 'x' }, { key: '' }, { key: 'k', effect: 'NoExecute', tolerationSeconds: 11 }]) {
      await assert.rejects(() => ask(plugin, pods, tolerating(wrong)), /conflict with its namespace whitelist/);
    }
  });
});

describe('plugins that a namespace or their configuration guides', () => {
  const configured = (name: string, settings: object): TestAdmissionDeps => ({
    ...deps,
    configuration: new Map([[name, settings as Record<string, unknown>]]),
  });

  it('PodNodeSelector', async () => {
    deps.cache.put(namespaces, { metadata: { name: 'a' } });
    const podNodeSelectorPluginConfig = { clusterDefaultNodeSelector: 'env=dev', a: 'env=dev,disk=ssd' };
    const plugin = createPodNodeSelector(configured('PodNodeSelector', { podNodeSelectorPluginConfig }));
    assert.deepEqual((await ask(plugin, pods, pod())).spec!.nodeSelector, { env: 'dev' });
    await ask(plugin, pods, pod({ nodeSelector: { disk: 'ssd' } }));
    await assert.rejects(() => ask(plugin, pods, pod({ nodeSelector: { zone: 'x' } })), {
      message: 'pods "p" is forbidden: pod node label selector labels conflict with its namespace whitelist',
    });
  });

  it('PodTolerationRestriction', async () => {
    deps.cache.put(namespaces, { metadata: { name: 'a' } });
    const given = { key: 'k', operator: 'Exists' };
    const settings = { default: [given], whitelist: [given] };
    const plugin = createPodTolerationRestriction(configured('PodTolerationRestriction', settings));
    assert.deepEqual((await ask(plugin, pods, pod())).spec!.tolerations, [given]);
    const other = pod({ tolerations: [{ key: 'other', operator: 'Exists' }] });
    await assert.rejects(() => ask(plugin, pods, other), /conflict with its namespace whitelist/);
    const annotations = { 'scheduler.alpha.kubernetes.io/defaultTolerations': '' };
    deps.cache.put(namespaces, { metadata: { name: 'a', annotations } });
    assert.equal((await ask(plugin, pods, pod())).spec!.tolerations, undefined);
  });
});

describe('AlwaysAdmit and AlwaysDeny', () => {
  it('do what they say', async () => {
    await ask(createAlwaysAdmit(), pods, pod());
    await assert.rejects(() => ask(createAlwaysDeny(), pods, pod()), {
      message: 'pods "p" is forbidden: admission control is denying all modifications',
    });
  });
});
