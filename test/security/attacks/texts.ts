import { forbidden, jsonPatch, refusedByAdmission, role, type Attack } from './attack.ts';

const as = 'admin of team';
const team = '/api/v1/namespaces/team';
const audit = refusedByAdmission;
const words = (letter: string): string[] => Array.from({ length: 1000 }, (_, i) => `${letter}${i}`);
const digits = '1'.repeat(400_000);
const claim = (storage: string): object => ({
  metadata: { name: 'loot' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
});
const cronJob = (schedule: string): object => ({
  metadata: { name: 'loot' },
  spec: {
    schedule,
    jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } } },
  },
});
const aliases = [...'bcdefghij'].map(
  (name, i) => `    ${name}: &${name} [${Array(9).fill(`*${'abcdefghij'[i]}`).join()}]`,
);
const laughs = [
  'apiVersion: v1',
  'kind: ConfigMap',
  'metadata:',
  '  name: loot',
  '  annotations:',
  '    a: &a [x, x, x, x, x, x, x, x, x]',
  ...aliases,
  '',
].join('\n');
const copies = [
  { op: 'add', path: '/data', value: { x: 'y'.repeat(1000) } },
  ...Array.from({ length: 40 }, (_, i) => ({ op: 'copy', from: '/data', path: `/data/c${i}` })),
];

/** What a single request may not do: keep the server from all others while it is read. */
export const texts: readonly Attack[] = [
  { name: 'a quantity of many digits', as, method: 'POST', path: `${team}/persistentvolumeclaims`, body: claim(`${digits}x`), expect: { status: 400, reason: 'BadRequest', message: /quantities must match the regular expression/ }, audit },
  { name: 'a quantity of many digits behind the point', as, method: 'POST', path: `${team}/persistentvolumeclaims`, body: claim(`1.${digits}x`), expect: { status: 400, reason: 'BadRequest', message: /quantities must match the regular expression/ }, audit },
  { name: 'a schedule of many digits', as, method: 'POST', path: '/apis/batch/v1/namespaces/team/cronjobs', body: cronJob(`@every ${digits}x`), expect: { status: 422, reason: 'Invalid', message: /spec.schedule/ }, audit },
  { name: 'an address with a long zone', as, method: 'POST', path: `${team}/services`, body: { metadata: { name: 'loot' }, spec: { clusterIP: `fe80::1%${digits}`, ports: [{ port: 80 }] } }, expect: { status: 422, reason: 'Invalid', message: /spec.clusterIPs/ }, audit },
  { name: 'many lines, read as YAML', as, method: 'POST', path: `${team}/configmaps?dryRun=All`, headers: { accept: 'application/yaml' }, body: { metadata: { name: 'loot' }, data: { lines: `${'\n'.repeat(400_000)}x` } }, expect: { status: 201 }, audit },
  { name: 'a billion laughs', as, method: 'POST', path: `${team}/configmaps`, headers: { 'content-type': 'application/yaml' }, body: laughs, expect: { status: 400, reason: 'BadRequest', message: /excessive aliasing/ }, audit },
  { name: 'a key that stands on many lines', as, method: 'POST', path: `${team}/configmaps?fieldValidation=Strict`, headers: { 'content-type': 'application/yaml' }, body: `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: loot}\ndata:\n${' a: b\n'.repeat(150_000)}`, expect: { status: 400, reason: 'BadRequest', message: /line 6: key "a" already set in map/ }, audit },
  { name: 'blanks before a tab', as, method: 'POST', path: `${team}/configmaps`, headers: { 'content-type': 'application/yaml' }, body: `a: b${' '.repeat(1_000_000)}\rx\n\tb: c`, expect: { status: 400, reason: 'BadRequest', message: /yaml: line/ }, audit },
  { name: 'copies of copies', as, method: 'PATCH', path: `${team}/configmaps/settings`, headers: jsonPatch, body: copies, expect: { status: 422, reason: 'Invalid' }, audit },
  { name: 'more operations than there may be', as, method: 'PATCH', path: `${team}/configmaps/settings`, headers: jsonPatch, body: Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/data', value: 'x' })), expect: { status: 413, reason: 'RequestEntityTooLarge' }, audit },
  { name: 'a name of many parts', as, method: 'POST', path: `${team}/configmaps`, body: { metadata: { name: `${'a.'.repeat(200_000)}!` } }, expect: { status: 422, reason: 'Invalid' }, audit },
  { name: 'a role of a billion rights', as, method: 'POST', path: '/apis/rbac.authorization.k8s.io/v1/namespaces/team/roles', body: role([{ apiGroups: words('g'), resources: words('r'), verbs: words('v') }]), expect: forbidden(/the rules grant too much to be compared with what is held$/), audit },
  { name: 'more than a request may hold', as, method: 'POST', path: `${team}/configmaps`, body: { metadata: { name: 'loot' }, data: { x: 'y'.repeat(3_200_000) } }, expect: { status: 413, reason: 'RequestEntityTooLarge' }, audit },
]; // prettier-ignore
