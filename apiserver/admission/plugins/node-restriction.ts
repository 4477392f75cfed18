import { notFound } from '../../../api/meta/errors.ts';
import { isDeepStrictEqual } from 'node:util';
import type { AnyObject, DeepReadonly } from '../../../api/meta/object.ts';
import { csiDrivers } from '../../../api/resources/storage/csi-driver.ts';
import { nodes } from '../../../api/resources/core/node.ts';
import { pods } from '../../../api/resources/core/pod.ts';
import type { CertificateSigningRequest } from '../../../api/schema/generated/certificates-v1.ts';
import type { TokenRequest } from '../../../api/schema/generated/authentication-v1.ts';
import type { Node, PersistentVolumeClaim, Pod } from '../../../api/schema/generated/core-v1.ts';
import type { ResourceSlice } from '../../../api/schema/generated/resource-v1.ts';
import { parseSigningRequest } from '../../../component/signing-request.ts';
import { nodeIdentity } from '../../authorizers/node-identity.ts';
import { mirrorPodAnnotation, podReferences } from '../../authorizers/pod-references.ts';
import type { AdmissionDeps, AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { forbiddenNodeLabels } from '../node-labels.ts';
import { refuse } from '../refuse.ts';

const namespaceNodeLease = 'kube-node-lease';

/** A kubelet changes its own node, and pods bound to it. What it may read is the node authorizer's. */
export function createNodeRestriction(deps: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'NodeRestriction',
    handles: ({ operation, row }) => operation !== 'CONNECT' && ruleFor(row) !== undefined,
    admit: async (request) => {
      const node = nodeIdentity(request.user);
      if (!node) return;
      if (!node.nodeName) {
        throw refuse(request, `could not determine node from user ${JSON.stringify(request.user.name)}`);
      }
      const why = await ruleFor(request.row)!({ request, nodeName: node.nodeName, deps });
      if (why) throw refuse(request, why);
    },
  };
}

interface Question {
  readonly request: AdmissionRequest;
  readonly nodeName: string;
  readonly deps: AdmissionDeps;
}
/** Says why not, or nothing. */
type Rule = (question: Question) => string | undefined | Promise<string | undefined>;

const rules: Readonly<Record<string, Rule>> = {
  '/pods': restrictPods,
  '/nodes': restrictNode,
  '/persistentvolumeclaims': restrictClaim,
  '/serviceaccounts': restrictToken,
  'coordination.k8s.io/leases': restrictLease,
  'storage.k8s.io/csinodes': restrictCsiNode,
  'resource.k8s.io/resourceslices': restrictResourceSlice,
  'certificates.k8s.io/certificatesigningrequests': restrictSigningRequest,
};

function ruleFor({ group, plural }: AdmissionRequest['row']): Rule | undefined {
  return rules[`${group}/${plural}`];
}

const quote = (text: string): string => JSON.stringify(text);
const unexpected = ({ request }: Question): string => `unexpected operation ${quote(request.operation)}`;

async function restrictPods(question: Question): Promise<string | undefined> {
  const { operation, subresource } = question.request;
  switch (subresource) {
    case '':
      if (operation === 'CREATE') return restrictPodCreate(question);
      if (operation !== 'DELETE') {
        return `${unexpected(question)}, node ${quote(question.nodeName)} can only create and delete mirror pods`;
      }
      return (await boundPod(question)).spec?.nodeName === question.nodeName
        ? undefined
        : `node ${quote(question.nodeName)} can only delete pods with spec.nodeName set to itself`;
    case 'status':
      return restrictPodStatus(question);
    case 'eviction':
      if (operation !== 'CREATE') return `unexpected operation ${operation}`;
      return (await boundPod(question)).spec?.nodeName === question.nodeName
        ? undefined
        : `node ${question.nodeName} can only evict pods with spec.nodeName set to itself`;
    default:
      return `unexpected pod subresource ${quote(subresource)}, only 'status' and 'eviction' are allowed`;
  }
}

async function boundPod({ request, deps }: Question, podName = request.name): Promise<DeepReadonly<Pod>> {
  const at = { namespace: request.namespace, name: podName || request.object?.metadata.name || '' };
  const found = deps.cache.get(pods, at) ?? (await deps.cache.getNewest(pods, at));
  if (!found) throw notFound(pods, at.name);
  return found;
}

async function restrictPodCreate({ request, nodeName, deps }: Question): Promise<string | undefined> {
  const pod = request.object as unknown as Pod;
  const node = `node ${quote(nodeName)}`;
  if (pod.metadata.annotations?.[mirrorPodAnnotation] === undefined) {
    return `pod does not have ${quote(mirrorPodAnnotation)} annotation, ${node} can only create mirror pods`;
  }
  if (pod.spec?.nodeName !== nodeName) return `${node} can only create pods with spec.nodeName set to itself`;
  const owners = pod.metadata.ownerReferences ?? [];
  if (owners.length > 1) return `${node} can only create pods with a single owner reference set to itself`;
  const [owner] = owners;
  if (!owner || owner.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== nodeName) {
    return `${node} can only create pods with an owner reference set to itself`;
  }
  if (!owner.controller) return `${node} can only create pods with a controller owner reference set to itself`;
  if (owner.blockOwnerDeletion) return `${node} must not set blockOwnerDeletion on an owner reference`;
  const registered =
    deps.cache.get(nodes, { name: nodeName }) ?? (await deps.cache.getNewest(nodes, { name: nodeName }));
  if (!registered) throw notFound(nodes, nodeName);
  if (owner.uid !== registered.metadata.uid) {
    return `node ${nodeName} UID mismatch: expected ${owner.uid} got ${registered.metadata.uid}`;
  }
  const references = referencesOf(pod);
  for (const [what, isReferred] of references) {
    if (isReferred) return `${node} can not create pods that reference ${what}`;
  }
  return undefined;
}

/** Kinds of objects a mirror pod could be made to read, and whether it does. */
function referencesOf(pod: Pod): [string, boolean | undefined][] {
  const { [mirrorPodAnnotation]: _, ...annotations } = pod.metadata.annotations ?? {};
  const found = podReferences({ ...pod, metadata: { ...pod.metadata, annotations } });
  const volumes = pod.spec?.volumes ?? [];
  const projects = (kind: 'clusterTrustBundle' | 'serviceAccountToken'): boolean =>
    volumes.some(({ projected }) => projected?.sources?.some((source) => source[kind]));
  return [
    ['a service account', !!pod.spec?.serviceAccountName],
    ['secrets', found.secrets.size > 0],
    ['configmaps', found.configMaps.size > 0],
    ['clustertrustbundles', projects('clusterTrustBundle')],
    ['persistentvolumeclaims', found.claims.size > 0],
    ['resourceclaims', !!pod.spec?.resourceClaims?.length],
  ];
}

function restrictPodStatus(question: Question): string | undefined {
  const { request, nodeName } = question;
  if (request.operation !== 'UPDATE') return unexpected(question);
  const [next, old] = [request.object as unknown as Pod, request.oldObject as unknown as Pod];
  const node = `node ${quote(nodeName)}`;
  if (old.spec?.nodeName !== nodeName) {
    return `${node} can only update pod status for pods with spec.nodeName set to itself`;
  }
  if (!isDeepStrictEqual(next.metadata.labels ?? {}, old.metadata.labels ?? {})) {
    return `${node} cannot update labels through pod status`;
  }
  if (!isDeepStrictEqual(next.status?.resourceClaimStatuses ?? [], old.status?.resourceClaimStatuses ?? [])) {
    return `${node} cannot update resource claim statues`;
  }
  const claimOf = ({ status }: Pod): unknown => status?.extendedResourceClaimStatus;
  if (!isDeepStrictEqual(claimOf(next), claimOf(old))) return `${node} cannot update extended resource claim status`;
  return undefined;
}

function restrictNode({ request, nodeName }: Question): string | undefined {
  const { operation, subresource } = request;
  const node = request.object as unknown as Node | undefined;
  const old = request.oldObject as unknown as Node | undefined;
  const self = `node ${quote(nodeName)}`;
  const requested = request.name || node?.metadata.name || '';
  if (requested !== nodeName) return `${self} is not allowed to modify node ${quote(requested)}`;
  if (operation === 'CREATE' && subresource === '') {
    if (node?.spec?.configSource) return `${self} is not allowed to create pods with a non-nil configSource`;
    const labels = forbiddenNodeLabels(node?.metadata.labels ?? {}, {});
    if (labels.length) return `${self} is not allowed to set the following labels: ${labels.join(', ')}`;
  }
  if (operation !== 'UPDATE' || !node || !old) return undefined;
  if (node.spec?.configSource && !isDeepStrictEqual(node.spec.configSource, old.spec?.configSource)) {
    return `${self} is not allowed to update configSource to a new non-nil configSource`;
  }
  if (!isDeepStrictEqual(node.spec?.taints ?? [], old.spec?.taints ?? [])) {
    return `${self} is not allowed to modify taints`;
  }
  if (!isDeepStrictEqual(node.metadata.ownerReferences ?? [], old.metadata.ownerReferences ?? [])) {
    return `${self} is not allowed to modify ownerReferences`;
  }
  const labels = forbiddenNodeLabels(node.metadata.labels ?? {}, old.metadata.labels ?? {});
  return labels.length ? `is not allowed to modify labels: ${labels.join(', ')}` : undefined;
}

function restrictClaim(question: Question): string | undefined {
  const { request, nodeName } = question;
  if (request.subresource !== 'status') return 'may only update PVC status';
  if (request.operation !== 'UPDATE') return unexpected(question);
  if (isDeepStrictEqual(withoutSize(request.object!), withoutSize(request.oldObject!))) return undefined;
  return `node ${quote(nodeName)} is not allowed to update fields other than status.quantity and status.conditions`;
}

/** What of a claim a kubelet may not change when it resizes the volume. */
function withoutSize(object: AnyObject): unknown {
  const { metadata, spec, status } = object as unknown as PersistentVolumeClaim;
  const { managedFields: _managed, resourceVersion: _version, ...rest } = metadata;
  const { capacity: _c, conditions: _o, allocatedResources: _r, allocatedResourceStatuses: _s, ...kept } = status ?? {};
  return JSON.parse(JSON.stringify({ metadata: rest, spec, status: kept }));
}

async function restrictToken(question: Question): Promise<string | undefined> {
  const { request, deps, nodeName } = question;
  if (request.operation !== 'CREATE' || request.subresource !== 'token') return undefined;
  const { spec } = request.object as unknown as TokenRequest;
  const reference = spec?.boundObjectRef;
  if (!reference || reference.apiVersion !== 'v1' || reference.kind !== 'Pod' || !reference.name) {
    return 'node requested token not bound to a pod';
  }
  if (!reference.uid) return 'node requested token with a pod binding without a uid';
  const pod = await boundPod(question, reference.name);
  if (reference.uid !== pod.metadata.uid) {
    return `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  }
  if (pod.spec?.nodeName !== nodeName) return 'node requested token bound to a pod scheduled on a different node';
  if ((spec?.audiences?.length ?? 0) > 1) return 'node may only request 0 or 1 audiences';
  const audience = spec?.audiences?.[0] ?? '';
  if (mountsTokenFor(pod, audience, deps)) return undefined;
  const decision = await deps.authorizer.authorize({
    user: request.user,
    verb: 'request-serviceaccounts-token-audience',
    path: '',
    isResource: true,
    group: '',
    version: 'v1',
    resource: audience,
    subresource: '',
    namespace: request.namespace,
    name: request.name,
  });
  if (decision.kind === 'allow') return undefined;
  return `audience ${quote(audience)} not found in pod spec volume, ${request.user.name} is not authorized to request tokens for this audience`;
}

/** Does a volume of the pod want a token for the audience: projected, or by way of its CSI driver? */
function mountsTokenFor(pod: DeepReadonly<Pod>, audience: string, { cache }: AdmissionDeps): boolean {
  return (pod.spec?.volumes ?? []).some(({ projected, csi }) => {
    if (projected?.sources?.some(({ serviceAccountToken: token }) => token && (token.audience ?? '') === audience))
      return true;
    const driver = csi && cache.get(csiDrivers, { name: csi.driver });
    return driver?.spec.tokenRequests?.some((wanted) => wanted.audience === audience) ?? false;
  });
}

function restrictLease({ request, nodeName }: Question): string | undefined {
  if (request.namespace !== namespaceNodeLease) {
    return `can only access leases in the ${quote(namespaceNodeLease)} system namespace`;
  }
  const name = request.operation === 'CREATE' ? request.object?.metadata.name : request.name;
  return name === nodeName ? undefined : 'can only access node lease with the same name as the requesting node';
}

function restrictCsiNode({ request, nodeName }: Question): string | undefined {
  const name = request.operation === 'CREATE' ? request.object?.metadata.name : request.name;
  return name === nodeName ? undefined : 'can only access CSINode with the same name as the requesting node';
}

const kubeletSigners = ['kubernetes.io/kube-apiserver-client-kubelet', 'kubernetes.io/kubelet-serving'];

async function restrictSigningRequest({ request, nodeName }: Question): Promise<string | undefined> {
  if (request.operation !== 'CREATE') return undefined;
  const { spec } = request.object as unknown as CertificateSigningRequest;
  if (!kubeletSigners.includes(spec.signerName)) return undefined;
  const own = `system:node:${nodeName}`;
  try {
    const { commonName } = await parseSigningRequest(Buffer.from(spec.request, 'base64').toString());
    return commonName === own ? undefined : `can only create a node CSR with CN=${own}`;
  } catch (error) {
    return `unable to parse csr: ${(error as Error).message}`;
  }
}

function restrictResourceSlice({ request, nodeName }: Question): string | undefined {
  const nodeOf = (object: AnyObject | undefined): string | undefined =>
    (object as unknown as ResourceSlice | undefined)?.spec.nodeName;
  if (request.operation === 'CREATE' && nodeOf(request.object) !== nodeName) {
    return 'can only create ResourceSlice with the same NodeName as the requesting node';
  }
  if (request.operation === 'UPDATE' && nodeOf(request.oldObject) !== nodeName) {
    return 'can only update ResourceSlice with the same NodeName as the requesting node';
  }
  if (request.operation === 'DELETE' && request.oldObject && nodeOf(request.oldObject) !== nodeName) {
    return 'can only delete ResourceSlice with the same NodeName as the requesting node';
  }
  return undefined;
}
