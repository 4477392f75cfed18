import { forbidden, mergePatch, pod, refusedByAdmission, type Attack } from './attack.ts';
import type { Target } from '../target/target.ts';

const unrelated = /no relationship found between node 'node-a' and this object$/;
const mirror = { 'kubernetes.io/config.mirror': 'x' };
const ownedBy = (name: string, uid: string): object => ({
  annotations: mirror,
  ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid, controller: true }],
});
const request = (boundObjectRef?: object, audiences?: readonly string[]): object => ({
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'TokenRequest',
  spec: { boundObjectRef, audiences },
});
const signing = (pem: string, signerName: string): object => ({
  metadata: { name: 'loot' },
  spec: { request: Buffer.from(pem).toString('base64'), signerName, usages: ['digital signature', 'client auth'] },
});
const requests = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const kubeletClient = 'kubernetes.io/kube-apiserver-client-kubelet';

/** Somebody has a node, and wants the others. */
export const nodes: readonly Attack[] = [
  { name: 'reads a secret of another node', as: 'node-a', path: '/api/v1/namespaces/other/secrets/hidden-b', expect: forbidden(unrelated) },
  { name: 'lists secrets', as: 'node-a', path: '/api/v1/namespaces/other/secrets', expect: forbidden(/No Object name found$/), audit: { verb: 'list', decision: 'forbid' } },
  { name: 'lists the secret of another node', as: 'node-a', path: '/api/v1/namespaces/other/secrets?fieldSelector=metadata.name%3Dhidden-b', expect: forbidden(unrelated), audit: { verb: 'list', decision: 'forbid' } },
  { name: 'selects two names at once', as: 'node-a', path: '/api/v1/namespaces/team/secrets?fieldSelector=metadata.name%3Dmounted-a,metadata.name%3Dhidden-b', expect: forbidden(unrelated), audit: { verb: 'list', decision: 'forbid' } },
  { name: 'lists all secrets', as: 'node-a', path: '/api/v1/secrets?fieldSelector=metadata.name%3Dmounted-a', expect: forbidden(/can only read namespaced object of this type$/), audit: { verb: 'list', decision: 'forbid' } },
  { name: 'writes the secret that its pod mounts', as: 'node-a', method: 'PATCH', path: '/api/v1/namespaces/team/secrets/mounted-a', headers: mergePatch, body: { data: {} }, expect: forbidden(/can only read resources of this type$/) },
  { name: 'reads a pod of another node', as: 'node-a', path: '/api/v1/namespaces/other/pods/pod-b', expect: forbidden(unrelated) },
  { name: 'reads a pod without saying where', as: 'node-a', path: '/api/v1/pods/pod-b', expect: forbidden(unrelated) },
  { name: 'lists pods of another node', as: 'node-a', path: '/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-b', expect: forbidden(/can only list\/watch pods with spec.nodeName field selector$/), audit: { verb: 'list', decision: 'forbid' } },
  { name: 'lists all pods by a comma that separates nothing', as: 'node-a', path: `/api/v1/pods?fieldSelector=${encodeURIComponent('metadata.name!=x\\,spec.nodeName=node-a')}`, expect: forbidden(/can only list\/watch pods with spec.nodeName field selector$/), audit: { verb: 'list', decision: 'forbid' } },
  { name: 'lists all pods by a second selector', as: 'node-a', path: '/api/v1/pods?fieldSelector=spec.nodeName%21%3Dx&fieldSelector=spec.nodeName%3Dnode-a', expect: forbidden(/can only list\/watch pods with spec.nodeName field selector$/), audit: { verb: 'list', decision: 'forbid' } },
  { name: 'watches pods that are not on node-a', as: 'node-a', path: '/api/v1/pods?watch=1&fieldSelector=spec.nodeName%21%3Dnode-a', expect: forbidden(), audit: { verb: 'watch', decision: 'forbid' } },
  { name: 'lists secrets by a comma that separates nothing', as: 'node-a', path: `/api/v1/namespaces/team/secrets?fieldSelector=${encodeURIComponent('metadata.name!=x\\,metadata.name=mounted-a')}`, expect: forbidden(/No Object name found$/), audit: { verb: 'list', decision: 'forbid' } },
  { name: 'lists secrets by a second selector', as: 'node-a', path: '/api/v1/namespaces/team/secrets?fieldSelector=metadata.name%21%3Dx&fieldSelector=metadata.name%3Dmounted-a', expect: forbidden(/No Object name found$/), audit: { verb: 'list', decision: 'forbid' } },
  { name: 'reads another node', as: 'node-a', path: '/api/v1/nodes/node-b', expect: forbidden(/node 'node-a' cannot read 'node-b', only its own Node object$/) },
  { name: 'writes the status of another node', as: 'node-a', method: 'PATCH', path: '/api/v1/nodes/node-b/status', headers: mergePatch, body: { status: { nodeInfo: {} } }, expect: forbidden(/^nodes "node-b" is forbidden: node "node-a" is not allowed to modify node "node-b"$/), audit: refusedByAdmission },
  { name: 'makes another node', as: 'node-a', method: 'POST', path: '/api/v1/nodes', body: { metadata: { name: 'node-c' } }, expect: forbidden(/node "node-a" is not allowed to modify node "node-c"$/), audit: refusedByAdmission },
  { name: 'deletes itself', as: 'node-a', method: 'DELETE', path: '/api/v1/nodes/node-a', expect: forbidden() },
  { name: 'labels itself as somewhere safer', as: 'node-a', method: 'PATCH', path: '/api/v1/nodes/node-a', headers: mergePatch, body: { metadata: { labels: { 'node-restriction.kubernetes.io/pci': 'true' } } }, expect: forbidden(/is not allowed to modify labels: node-restriction.kubernetes.io\/pci$/), audit: refusedByAdmission },
  { name: 'labels itself through its status', as: 'node-a', method: 'PATCH', path: '/api/v1/nodes/node-a/status', headers: mergePatch, body: { metadata: { labels: { 'node-restriction.kubernetes.io/pci': 'true' } } }, expect: forbidden(/is not allowed to modify labels/), audit: refusedByAdmission },
  { name: 'takes its taint off', as: 'node-a', method: 'PATCH', path: '/api/v1/nodes/node-a', headers: mergePatch, body: { spec: { taints: null } }, expect: forbidden(/node "node-a" is not allowed to modify taints$/), audit: refusedByAdmission },
  { name: 'has itself collected', as: 'node-a', method: 'PATCH', path: '/api/v1/nodes/node-a', headers: mergePatch, body: { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'x', uid: 'x' }] } }, expect: forbidden(/is not allowed to modify ownerReferences$/), audit: refusedByAdmission },
  { name: 'makes a pod', as: 'node-a', method: 'POST', path: '/api/v1/namespaces/other/pods', body: pod('loot', { nodeName: 'node-a' }), expect: forbidden(/pod does not have "kubernetes.io\/config.mirror" annotation, node "node-a" can only create mirror pods$/), audit: refusedByAdmission },
  { name: 'makes a mirror pod of another node', as: 'node-a', method: 'POST', path: '/api/v1/namespaces/other/pods', body: pod('loot', { nodeName: 'node-b' }, { annotations: mirror }), expect: forbidden(/node "node-a" can only create pods with spec.nodeName set to itself$/), audit: refusedByAdmission },
  { name: 'makes a mirror pod that is nobody’s', as: 'node-a', method: 'POST', path: '/api/v1/namespaces/other/pods', body: pod('loot', { nodeName: 'node-a' }, { annotations: mirror }), expect: forbidden(/can only create pods with an owner reference set to itself$/), audit: refusedByAdmission },
  { name: 'makes a mirror pod of a node of before', as: 'node-a', method: 'POST', path: '/api/v1/namespaces/other/pods', body: pod('loot', { nodeName: 'node-a' }, ownedBy('node-a', 'old')), expect: forbidden(/UID mismatch/), audit: refusedByAdmission },
  { name: 'deletes a pod of another node', as: 'node-a', method: 'DELETE', path: '/api/v1/namespaces/other/pods/pod-b', expect: forbidden(/node "node-a" can only delete pods with spec.nodeName set to itself$/), audit: refusedByAdmission },
  { name: 'deletes many pods', as: 'node-a', method: 'DELETE', path: '/api/v1/namespaces/other/pods', expect: forbidden(), audit: { verb: 'deletecollection', decision: 'forbid' } },
  { name: 'evicts a pod of another node', as: 'node-a', method: 'POST', path: '/api/v1/namespaces/other/pods/pod-b/eviction', body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'pod-b' } }, expect: forbidden(/node node-a can only evict pods with spec.nodeName set to itself$/), audit: refusedByAdmission },
  { name: 'writes the status of a pod of another node', as: 'node-a', method: 'PATCH', path: '/api/v1/namespaces/other/pods/pod-b/status', headers: mergePatch, body: { status: { phase: 'Failed' } }, expect: forbidden(/can only update pod status for pods with spec.nodeName set to itself$/), audit: refusedByAdmission },
  { name: 'labels its pod, so that a service takes it', as: 'node-a', method: 'PATCH', path: '/api/v1/namespaces/team/pods/pod-a/status', headers: mergePatch, body: { metadata: { labels: { app: 'bank' } } }, expect: forbidden(/node "node-a" cannot update labels through pod status$/), audit: refusedByAdmission },
  { name: 'writes the spec of its pod', as: 'node-a', method: 'PATCH', path: '/api/v1/namespaces/team/pods/pod-a', headers: mergePatch, body: { spec: { activeDeadlineSeconds: 1 } }, expect: forbidden() },
  { name: 'runs a command in its pod by way of the server', as: 'node-a', method: 'POST', path: '/api/v1/namespaces/team/pods/pod-a/exec?command=sh', expect: forbidden() },
  { name: 'takes a token of an account that it does not run', as: 'node-a', method: 'POST', path: '/api/v1/namespaces/other/serviceaccounts/boss/token', body: request(), expect: forbidden(unrelated) },
  { name: 'takes a token bound to nothing', as: 'node-a', method: 'POST', path: '/api/v1/namespaces/team/serviceaccounts/app/token', body: request(), expect: forbidden(/node requested token not bound to a pod$/), audit: refusedByAdmission },
  { name: 'takes a token bound to a pod of before', as: 'node-a', method: 'POST', path: '/api/v1/namespaces/team/serviceaccounts/app/token', body: request({ apiVersion: 'v1', kind: 'Pod', name: 'pod-a', uid: 'old' }), expect: forbidden(/the UID in the bound object reference \(old\) does not match the UID in record/), audit: refusedByAdmission },
  { name: 'takes a token for somebody else’s vault', as: 'node-a', method: 'POST', path: '/api/v1/namespaces/team/serviceaccounts/app/token', body: ({ furniture }: Target) => request({ apiVersion: 'v1', kind: 'Pod', name: 'pod-a', uid: furniture.uids.podA }, ['vault']), expect: forbidden(/audience "vault" not found in pod spec volume/), audit: refusedByAdmission },
  { name: 'takes a token for two audiences', as: 'node-a', method: 'POST', path: '/api/v1/namespaces/team/serviceaccounts/app/token', body: ({ furniture }: Target) => request({ apiVersion: 'v1', kind: 'Pod', name: 'pod-a', uid: furniture.uids.podA }, ['', 'vault']), expect: forbidden(/node may only request 0 or 1 audiences/), audit: refusedByAdmission },
  { name: 'asks for a certificate of another node', as: 'node-a', method: 'POST', path: requests, body: ({ furniture }: Target) => signing(furniture.signingRequests.nodeB, kubeletClient), expect: forbidden(/can only create a node CSR with CN=system:node:node-a$/), audit: refusedByAdmission },
  { name: 'asks for a serving certificate of another node', as: 'node-a', method: 'POST', path: requests, body: ({ furniture }: Target) => signing(furniture.signingRequests.nodeB, 'kubernetes.io/kubelet-serving'), expect: forbidden(/can only create a node CSR with CN=system:node:node-a$/), audit: refusedByAdmission },
  { name: 'asks for a certificate of administrators', as: 'node-a', method: 'POST', path: requests, body: ({ furniture }: Target) => signing(furniture.signingRequests.masters, 'kubernetes.io/kube-apiserver-client'), expect: forbidden(/use of kubernetes.io\/kube-apiserver-client signer with system:masters group is not allowed$/), audit: refusedByAdmission },
  { name: 'asks for what cannot be read', as: 'node-a', method: 'POST', path: requests, body: signing('-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n', kubeletClient), expect: forbidden(/unable to parse csr/), audit: refusedByAdmission },
  { name: 'renews the lease of another node', as: 'node-a', method: 'POST', path: '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases', body: { metadata: { name: 'node-b' }, spec: {} }, expect: forbidden(/can only access node lease with the same name as the requesting node$/), audit: refusedByAdmission },
  { name: 'takes the lease of the controller manager', as: 'node-a', method: 'PATCH', path: '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager', headers: mergePatch, body: {}, expect: forbidden(/can only access leases in the "kube-node-lease" system namespace$/) },
  { name: 'says what storage another node has', as: 'node-a', method: 'POST', path: '/apis/storage.k8s.io/v1/csinodes', body: { metadata: { name: 'node-b' }, spec: { drivers: [] } }, expect: forbidden(/can only access CSINode with the same name as the requesting node$/), audit: refusedByAdmission },
  { name: 'says what devices another node has', as: 'node-a', method: 'POST', path: '/apis/resource.k8s.io/v1/resourceslices', body: { metadata: { name: 'loot' }, spec: { driver: 'd.example.com', nodeName: 'node-b', pool: { name: 'p', generation: 1, resourceSliceCount: 1 }, devices: [] } }, expect: forbidden(/can only create ResourceSlice with the same NodeName as the requesting node$/), audit: refusedByAdmission },
  { name: 'grants itself everything', as: 'node-a', method: 'POST', path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', body: {}, expect: forbidden() },
]; // prettier-ignore
