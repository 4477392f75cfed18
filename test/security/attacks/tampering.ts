import type { Target } from '../target/target.ts';
import { forbidden, jsonPatch, mergePatch, pod, refusedByAdmission, type Attack } from './attack.ts';

const team = '/api/v1/namespaces/team';
const requests = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const owned = (owner: object): object => ({
  metadata: { name: 'loot', ownerReferences: [{ uid: 'x', blockOwnerDeletion: true, ...owner }] },
});
const cannotSet = /cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on/;

export const tampering: readonly Attack[] = [
  { name: 'the status of a pod', as: 'admin of team', method: 'PATCH', path: `${team}/pods/pod-a/status`, headers: mergePatch, body: { status: { podIP: '127.0.0.1' } }, expect: forbidden(/cannot patch resource "pods\/status"/) },
  { name: 'the node of a pod', as: 'admin of team', method: 'POST', path: `${team}/pods/loopback/binding`, body: { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'loopback' }, target: { kind: 'Node', name: 'node-b' } }, expect: forbidden(/cannot create resource "pods\/binding"/) },
  { name: 'the node of a pod, the old way', as: 'admin of team', method: 'POST', path: `${team}/bindings`, body: { metadata: { name: 'loopback' }, target: { kind: 'Node', name: 'node-b' } }, expect: forbidden(/cannot create resource "bindings"/) },
  { name: 'the account of a pod that runs', as: 'admin of team', method: 'PATCH', path: `${team}/pods/pod-a`, headers: mergePatch, body: { spec: { serviceAccountName: 'default' } }, expect: { status: 422, reason: 'Invalid', message: /pod updates may not change fields other than/ }, audit: refusedByAdmission },
  { name: 'the end of a namespace', as: 'admin of team', method: 'PUT', path: `${team}/finalize`, body: { metadata: { name: 'team' }, spec: { finalizers: [] } }, expect: forbidden(/cannot update resource "namespaces\/finalize"/) },
  { name: 'the status of a namespace', as: 'admin of team', method: 'PATCH', path: `${team}/status`, headers: mergePatch, body: {}, expect: forbidden() },
  { name: 'a whole namespace', as: 'admin of team', method: 'DELETE', path: '/api/v1/namespaces/other', expect: forbidden() },
  { name: 'a quota', as: 'admin of team', method: 'POST', path: `${team}/resourcequotas`, body: { metadata: { name: 'loot' } }, expect: forbidden() },
  { name: 'their own request for a certificate', as: 'admin of team', method: 'PUT', path: `${requests}/pending/approval`, body: {}, expect: forbidden() },
  { name: 'the approval of a request, without a word from its signer', as: 'writer', method: 'PATCH', path: `${requests}/pending/approval`, headers: mergePatch, body: { status: { conditions: [{ type: 'Approved', status: 'True', reason: 'x' }] } }, expect: forbidden(/user not permitted to approve requests with signerName "kubernetes.io\/kube-apiserver-client"$/), audit: refusedByAdmission },
  { name: 'a certificate of a signer that is not theirs', as: 'writer', method: 'PATCH', path: `${requests}/pending/status`, headers: mergePatch, body: ({ clientCertificate }: Target) => ({ status: { certificate: clientCertificate } }), expect: forbidden(/user not permitted to sign requests with signerName "kubernetes.io\/kube-apiserver-client"$/), audit: refusedByAdmission },
  { name: 'a request for a certificate, as a node', as: 'node-a', method: 'PATCH', path: `${requests}/pending/approval`, headers: mergePatch, body: { status: { conditions: [{ type: 'Approved', status: 'True', reason: 'x' }] } }, expect: forbidden() },
  { name: 'a certificate, signed by themselves', as: 'node-a', method: 'PATCH', path: `${requests}/pending/status`, headers: mergePatch, body: { status: { certificate: 'eA==' } }, expect: forbidden() },
  { name: 'a node that cannot go before their object', as: 'admin of team', method: 'POST', path: `${team}/configmaps`, body: owned({ apiVersion: 'v1', kind: 'Node', name: 'node-b' }), expect: forbidden(cannotSet), audit: refusedByAdmission },
  { name: 'a deployment that cannot go before their object', as: 'admin of team', method: 'POST', path: `${team}/configmaps`, body: owned({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }), expect: forbidden(cannotSet), audit: refusedByAdmission },
  { name: 'a kind that nobody knows, that cannot go before their object', as: 'admin of team', method: 'POST', path: `${team}/configmaps`, body: owned({ apiVersion: 'example.com/v1', kind: 'Widget', name: 'w' }), expect: forbidden(/cannot set blockOwnerDeletion in this case because cannot find RESTMapping for APIVersion example.com\/v1 Kind Widget/), audit: refusedByAdmission },
  { name: 'an owner of a pod of another namespace’s kind', as: 'admin of team', method: 'PATCH', path: `${team}/configmaps/settings`, headers: jsonPatch, body: [{ op: 'add', path: '/metadata/ownerReferences', value: [{ apiVersion: 'v1', kind: 'Node', name: 'node-b', uid: 'x', blockOwnerDeletion: true }] }], expect: forbidden(cannotSet), audit: refusedByAdmission },
  { name: 'the uid of an object', as: 'admin of team', method: 'PATCH', path: `${team}/configmaps/settings`, headers: mergePatch, body: { metadata: { uid: '00000000-0000-0000-0000-000000000000' } }, expect: { status: 422, reason: 'Invalid', message: /field is immutable/ }, audit: refusedByAdmission },
  { name: 'the name of an object', as: 'admin of team', method: 'PATCH', path: `${team}/configmaps/settings`, headers: mergePatch, body: { metadata: { name: 'other' } }, expect: { status: 400, reason: 'BadRequest' }, audit: refusedByAdmission },
  { name: 'an object that somebody else changed', as: 'admin of team', method: 'PUT', path: `${team}/configmaps/settings`, body: { metadata: { name: 'settings', resourceVersion: '1' } }, expect: { status: 409, reason: 'Conflict' }, audit: refusedByAdmission },
  { name: 'a name that climbs', as: 'admin of team', method: 'POST', path: `${team}/configmaps`, body: { metadata: { name: '../../secrets/other/hidden-b' } }, expect: { status: 422, reason: 'Invalid' }, audit: refusedByAdmission },
  { name: 'the priority of the system', as: 'admin of team', method: 'POST', path: `${team}/pods`, body: pod('loot', { priority: 2000001000 }), expect: forbidden(/the integer value of priority \(2000001000\) must not be provided in pod spec/), audit: refusedByAdmission },
  { name: 'somebody else’s lease', as: 'admin of team', method: 'DELETE', path: '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases', expect: forbidden(), audit: { verb: 'deletecollection', decision: 'forbid' } },
  { name: 'endpoints of the API server', as: 'pod', method: 'PATCH', path: '/api/v1/namespaces/default/endpoints/kubernetes', headers: mergePatch, body: { subsets: [] }, expect: forbidden() },
  { name: 'what admission asks', as: 'admin of team', method: 'POST', path: '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', body: {}, expect: forbidden() },
  { name: 'volumes of the cluster', as: 'admin of team', method: 'POST', path: '/api/v1/persistentvolumes', body: { metadata: { name: 'loot' }, spec: { hostPath: { path: '/' } } }, expect: forbidden() },
  { name: 'a claim made of two things', as: 'admin of team', method: 'POST', path: `${team}/persistentvolumeclaims`, body: { metadata: { name: 'loot' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, dataSource: { kind: 'PersistentVolumeClaim', name: 'a' }, dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'b' } } }, expect: { status: 422, reason: 'Invalid', message: /must match dataSourceRef/ }, audit: refusedByAdmission },
  { name: 'a claim made of a secret', as: 'admin of team', method: 'POST', path: `${team}/persistentvolumeclaims`, body: { metadata: { name: 'loot' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, dataSourceRef: { kind: 'Secret', name: 'hidden-b' } } }, expect: { status: 422, reason: 'Invalid' }, audit: refusedByAdmission },
]; // prettier-ignore
