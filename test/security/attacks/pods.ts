import { forbidden, harmless, mergePatch, pod, refusedByAdmission, type Attack } from './attack.ts';

const path = '/api/v1/namespaces/restricted/pods';
const container = (more: object): object => ({
  containers: [{ name: 'main', image: 'image', securityContext: harmless, ...more }],
});
const violates = (what: string): RegExp => new RegExp(`violates PodSecurity "restricted:latest": .*${what}`);
const create = (name: string, spec: object, what: string, metadata = {}): Attack => ({
  name,
  as: 'admin of team',
  method: 'POST',
  path,
  body: pod('loot', spec, metadata),
  expect: forbidden(violates(what)),
  audit: refusedByAdmission,
});
const ephemeral = (securityContext: object): object => ({
  spec: { ephemeralContainers: [{ name: 'debug', image: 'image', securityContext }] },
});
const debug = (name: string, securityContext: object, what: string): Attack => ({
  name,
  as: 'debugger',
  method: 'PATCH',
  path: `${path}/quiet/ephemeralcontainers`,
  headers: { 'content-type': 'application/strategic-merge-patch+json' },
  body: ephemeral(securityContext),
  expect: forbidden(violates(what)),
  audit: refusedByAdmission,
});

/** Where the namespace says `enforce: restricted`. */
export const pods: readonly Attack[] = [
  create('all rights of the host', container({ securityContext: { privileged: true } }), 'privileged'),
  create('a container that may become root', container({ securityContext: { ...harmless, runAsNonRoot: false } }), 'runAsNonRoot'),
  create('root by number', container({ securityContext: { ...harmless, runAsUser: 0 } }), 'runAsUser=0'),
  create('a capability', container({ securityContext: { ...harmless, capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } } }), 'unrestricted capabilities'),
  create('no limit to system calls', container({ securityContext: { ...harmless, seccompProfile: { type: 'Unconfined' } } }), 'seccompProfile'),
  create('a port of the host', container({ ports: [{ containerPort: 80, hostPort: 80 }] }), 'hostPort'),
  create('the network of the host', { hostNetwork: true }, 'host namespaces'),
  create('the processes of the host', { hostPID: true }, 'host namespaces'),
  create('a folder of the host', { volumes: [{ name: 'host', hostPath: { path: '/' } }] }, 'hostPath'),
  create('an unmasked /proc', { hostUsers: false, ...container({ securityContext: { ...harmless, procMount: 'Unmasked' } }) }, 'procMount'),
  create('a sysctl', { securityContext: { sysctls: [{ name: 'kernel.msgmax', value: '1' }] } }, 'forbidden sysctls'),
  create('an init container that may more', { initContainers: [{ name: 'init', image: 'image', securityContext: { privileged: true } }] }, 'privileged'),
  create('a probe of the host', container({ livenessProbe: { httpGet: { host: '169.254.169.254', port: 80, path: '/' } } }), 'probe or lifecycle host'),
  create('a namespace label on the pod', container({ securityContext: { privileged: true } }), 'privileged', { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } }),
  debug('a privileged container to debug with', { privileged: true }, 'privileged'),
  debug('a debugger as root', { ...harmless, runAsUser: 0 }, 'runAsUser=0'),
  { name: 'a debugger, without the right to', as: 'admin of team', method: 'PATCH', path: `${path}/quiet/ephemeralcontainers`, headers: mergePatch, body: ephemeral(harmless), expect: forbidden(/cannot patch resource "pods\/ephemeralcontainers"/) },
  { name: 'another policy for the namespace', as: 'admin of team', method: 'PATCH', path: '/api/v1/namespaces/restricted', headers: mergePatch, body: { metadata: { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } }, expect: forbidden(/cannot patch resource "namespaces"/) },
  { name: 'a shell by WebSocket, by who may only look', as: 'looker', path: '/api/v1/namespaces/team/pods/pod-a/exec?command=sh', headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'sec-websocket-protocol': 'v5.channel.k8s.io' }, expect: forbidden(/^pods "pod-a" is forbidden: $/), audit: refusedByAdmission },
  { name: 'an attach by GET, by who may only look', as: 'looker', path: '/api/v1/namespaces/team/pods/pod-a/attach', headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' }, expect: forbidden(/^pods "pod-a" is forbidden: $/), audit: refusedByAdmission },
  { name: 'a port-forward by GET, by who may only look', as: 'looker', path: '/api/v1/namespaces/team/pods/pod-a/portforward?ports=80', headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'sec-websocket-protocol': 'v4.channel.k8s.io' }, expect: forbidden(/^pods "pod-a" is forbidden: $/), audit: refusedByAdmission },
  { name: 'a shell by POST, by who may only look', as: 'looker', method: 'POST', path: '/api/v1/namespaces/team/pods/pod-a/exec?command=sh', headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' }, expect: forbidden(/cannot create resource "pods\/exec"/) },
  { name: 'a shell in another namespace', as: 'admin of team', method: 'POST', path: '/api/v1/namespaces/other/pods/pod-b/exec?command=sh', headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' }, expect: forbidden(/cannot create resource "pods\/exec"/) },
  { name: 'a port-forward to another namespace', as: 'admin of team', method: 'POST', path: '/api/v1/namespaces/other/pods/pod-b/portforward', headers: { connection: 'Upgrade', upgrade: 'SPDY/3.1' }, expect: forbidden() },
]; // prettier-ignore
