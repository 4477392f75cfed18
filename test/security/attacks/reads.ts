import { forbidden, type Attack } from './attack.ts';

const account = 'system:serviceaccount:team:app';
const denied = (verb: string, resource: string, where: string): RegExp =>
  new RegExp(`User "${account}" cannot ${verb} resource "${resource}" in API group "" ${where}$`);

/** Of a pod that somebody broke into, of anonymous callers, and of those who may look at something. */
export const reads: readonly Attack[] = [
  {
    name: 'a pod gets a secret of another namespace',
    as: 'pod',
    path: '/api/v1/namespaces/other/secrets/hidden-b',
    expect: forbidden(denied('get', 'secrets', 'in the namespace "other"')),
  },
  {
    name: 'a pod gets the secret that it mounts',
    as: 'pod',
    path: '/api/v1/namespaces/team/secrets/mounted-a',
    expect: forbidden(denied('get', 'secrets', 'in the namespace "team"')),
  },
  {
    name: 'a pod lists the secrets of all namespaces',
    as: 'pod',
    path: '/api/v1/secrets',
    expect: forbidden(denied('list', 'secrets', 'at the cluster scope')),
    audit: { verb: 'list', decision: 'forbid' },
  },
  {
    name: 'a pod watches them',
    as: 'pod',
    path: '/api/v1/secrets?watch=1',
    expect: forbidden(denied('watch', 'secrets', 'at the cluster scope')),
    audit: { verb: 'watch', decision: 'forbid' },
  },
  {
    name: 'a pod watches them by the old path',
    as: 'pod',
    path: '/api/v1/watch/namespaces/other/secrets/hidden-b',
    expect: forbidden(denied('watch', 'secrets', 'in the namespace "other"')),
    audit: { verb: 'watch', decision: 'forbid' },
  },
  {
    name: 'a pod lists one secret by its name',
    as: 'pod',
    path: '/api/v1/namespaces/other/secrets?fieldSelector=metadata.name=hidden-b',
    expect: forbidden(/^secrets "hidden-b" is forbidden/),
    audit: { verb: 'list', decision: 'forbid' },
  },
  {
    name: 'a pod asks for the head of a secret',
    as: 'pod',
    method: 'HEAD',
    path: '/api/v1/namespaces/other/secrets/hidden-b',
    expect: { status: 403 },
    audit: { verb: 'get', decision: 'forbid' },
  },
  {
    name: 'a pod asks for a table of secrets',
    as: 'pod',
    path: '/api/v1/namespaces/other/secrets?includeObject=Object',
    headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
    expect: forbidden(/^secrets is forbidden/),
    audit: { verb: 'list', decision: 'forbid' },
  },
  { name: 'a pod reads a log', as: 'pod', path: '/api/v1/namespaces/other/pods/pod-b/log', expect: forbidden(denied('get', 'pods/log', 'in the namespace "other"')) }, // prettier-ignore
  { name: 'a pod reads the settings of its namespace', as: 'pod', path: '/api/v1/namespaces/team/configmaps/settings', expect: forbidden() }, // prettier-ignore
  { name: 'a pod reads the rights of others', as: 'pod', path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', expect: forbidden(), audit: { verb: 'list', decision: 'forbid' } }, // prettier-ignore
  { name: 'a pod reads the metrics of the server', as: 'pod', path: '/metrics', expect: forbidden(/^forbidden: User "system:serviceaccount:team:app" cannot get path "\/metrics"$/) }, // prettier-ignore
  { name: 'a pod reads logs of the host', as: 'pod', path: '/logs/', expect: forbidden(/cannot get path "\/logs\/"$/) },
  { name: 'a pod profiles the server', as: 'pod', path: '/debug/pprof/heap', expect: forbidden(/cannot get path/) },
  { name: 'a pod sees who waits', as: 'pod', path: '/debug/api_priority_and_fairness/dump_queues', expect: forbidden(/cannot get path/) }, // prettier-ignore
  { name: 'anonymous callers see what is served', as: 'anonymous', path: '/apis', expect: forbidden(/^forbidden: User "system:anonymous" cannot get path "\/apis"$/) }, // prettier-ignore
  { name: 'anonymous callers see the schema', as: 'anonymous', path: '/openapi/v2', expect: forbidden() },
  { name: 'anonymous callers list namespaces', as: 'anonymous', path: '/api/v1/namespaces', expect: forbidden(/^namespaces is forbidden: User "system:anonymous" cannot list resource "namespaces" in API group "" at the cluster scope$/), audit: { verb: 'list', decision: 'forbid' } }, // prettier-ignore
  { name: 'anonymous callers read one health check', as: 'anonymous', path: '/healthz/etcd', expect: forbidden() },
  { name: 'anonymous callers ask who they are', as: 'anonymous', method: 'POST', path: '/apis/authentication.k8s.io/v1/selfsubjectreviews', body: {}, expect: forbidden(/^selfsubjectreviews.authentication.k8s.io is forbidden/) }, // prettier-ignore
  { name: 'an admin of one namespace reads another', as: 'admin of team', path: '/api/v1/namespaces/other/secrets', expect: forbidden(), audit: { verb: 'list', decision: 'forbid' } }, // prettier-ignore
  { name: 'an admin of one namespace lists all', as: 'admin of team', path: '/api/v1/pods', expect: forbidden(), audit: { verb: 'list', decision: 'forbid' } }, // prettier-ignore
  { name: 'an admin of one namespace reads the system’s', as: 'admin of team', path: '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication', expect: forbidden() }, // prettier-ignore
  { name: 'an admin of one namespace reads nodes', as: 'admin of team', path: '/api/v1/nodes', expect: forbidden(), audit: { verb: 'list', decision: 'forbid' } }, // prettier-ignore
  { name: 'an admin reviews what others may', as: 'admin of team', method: 'POST', path: '/apis/authorization.k8s.io/v1/subjectaccessreviews', body: { spec: { user: 'admin', resourceAttributes: { verb: 'get', resource: 'secrets' } } }, expect: forbidden() }, // prettier-ignore
  { name: 'a pod reviews the token of another', as: 'pod', method: 'POST', path: '/apis/authentication.k8s.io/v1/tokenreviews', body: { spec: { token: 'admintoken' } }, expect: forbidden() }, // prettier-ignore
];
