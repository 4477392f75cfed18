import { forbidden, refusedByAdmission, type Attack } from './attack.ts';

const pods = '/api/v1/namespaces/team/pods';
const notAllowed = { status: 400, reason: 'BadRequest', message: /^address not allowed$/ };

/** The API server reaches what its callers do not: it must not be made to. */
export const proxies: readonly Attack[] = [
  ...['loopback', 'metadata', 'loopback6'].map(
    (name): Attack => ({ name: `a pod at ${name}`, as: 'debugger', path: `${pods}/${name}:80/proxy/`, expect: notAllowed, audit: { decision: 'allow' } }),
  ),
  { name: 'a port of a node at the loopback', as: 'debugger', path: '/api/v1/nodes/node-a:2379/proxy/v2/keys', expect: notAllowed, audit: { decision: 'allow' } },
  { name: 'a scheme that is none', as: 'debugger', path: `${pods}/file:pod-a:80/proxy/etc/passwd`, expect: { status: 400, reason: 'BadRequest', message: /^invalid pod request "file:pod-a:80"$/ }, audit: { decision: 'allow' } },
  { name: 'a pod without an address', as: 'debugger', path: `${pods}/pod-a:80/proxy/`, expect: notAllowed, audit: { decision: 'allow' } },
  { name: 'a pod, without the right to', as: 'looker', path: `${pods}/pod-a/proxy/`, expect: forbidden(/cannot get resource "pods\/proxy"/) },
  { name: 'a kubelet, by an admin of one namespace', as: 'admin of team', path: '/api/v1/nodes/node-a/proxy/pods', expect: forbidden(/cannot get resource "nodes\/proxy"/) },
  { name: 'a service of another namespace', as: 'admin of team', path: '/api/v1/namespaces/other/services/web/proxy/', expect: forbidden(/cannot get resource "services\/proxy"/) },
  { name: 'a service, by dots below the proxy', as: 'admin of team', path: '/api/v1/namespaces/other/services/web/proxy/../../../../team/services/web/proxy/', expect: forbidden() },
  { name: 'endpoints of the administrator’s choice', as: 'admin of team', method: 'POST', path: '/api/v1/namespaces/team/endpoints', body: { metadata: { name: 'web' }, subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }] }, expect: forbidden() },
  { name: 'external addresses of a service', as: 'admin of team', method: 'POST', path: '/api/v1/namespaces/team/services', body: { metadata: { name: 'loot' }, spec: { externalIPs: ['10.96.0.1'], ports: [{ port: 443 }] } }, expect: forbidden(/Use of external IPs is denied by admission control$/), audit: refusedByAdmission },
]; // prettier-ignore
