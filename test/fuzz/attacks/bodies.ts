import { gzipSync } from 'node:zlib';
import { prototypeNames, type Dice } from '../dice.ts';
import type { Attack } from './attack.ts';
import { sendAndCheck } from './expect.ts';

const collections: readonly (readonly [path: string, sample: object])[] = [
  ['/api/v1/namespaces/default/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'f', labels: { a: 'b' } }, data: { k: 'v' } }],
  ['/api/v1/namespaces/default/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'f' }, data: { k: 'dg==' } }],
  ['/api/v1/namespaces/default/pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'f' }, spec: { containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80 }], resources: { limits: { cpu: '1' } } }] } }],
  ['/api/v1/namespaces/default/services', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'f' }, spec: { ports: [{ port: 80 }], selector: { a: 'b' } } }],
  ['/apis/apps/v1/namespaces/default/deployments', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'f' }, spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } } } }],
  ['/apis/rbac.authorization.k8s.io/v1/clusterroles', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'f' }, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] }],
  ['/apis/authorization.k8s.io/v1/subjectaccessreviews', { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec: { user: 'u', resourceAttributes: { verb: 'get', resource: 'pods' } } }],
  ['/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas', { apiVersion: 'flowcontrol.apiserver.k8s.io/v1', kind: 'FlowSchema', metadata: { name: 'f' }, spec: { priorityLevelConfiguration: { name: 'exempt' }, rules: [] } }],
  ['/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'fs.example.com' }, spec: { group: 'example.com', names: { plural: 'fs', kind: 'F' }, scope: 'Namespaced', versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }] } }],
]; // prettier-ignore

const contentTypes = [
  'application/json',
  'application/json; charset=utf-16',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/cbor',
  'text/plain',
  'application/json;;;=',
  '',
];

/** What kinds of values a field is not made for. */
function oddValue(dice: Dice): unknown {
  return dice.pick<() => unknown>([
    () => null,
    () => dice.pick([true, -1, 0.5, 1e308, 2 ** 63, -(2 ** 31) - 1]),
    () => dice.text(dice.number(0, 40)),
    () => 'x'.repeat(dice.pick([300, 70_000])),
    () => [],
    () => ({}),
    () => [[null, {}]],
    () => ({ [dice.pick(prototypeNames)]: { polluted: true } }),
    () => JSON.parse(`{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}`) as unknown,
  ])();
}

/** A copy with one to three fields, anywhere, replaced or added. */
function mutated(dice: Dice, value: unknown): unknown {
  const copy = structuredClone(value);
  for (let i = dice.number(1, 3); i > 0; i--) {
    let at = copy as Record<string, unknown>;
    for (;;) {
      const names = Object.keys(at);
      const name =
        names.length && !dice.chance(0.2) ? dice.pick(names) : dice.pick([...prototypeNames, dice.text(3), '$patch']);
      const next = Object.hasOwn(at, name) ? at[name] : undefined;
      if (typeof next === 'object' && next !== null && dice.chance(0.7)) {
        at = next as Record<string, unknown>;
        continue;
      }
      Object.defineProperty(at, name, { value: oddValue(dice), enumerable: true, configurable: true, writable: true });
      break;
    }
  }
  return copy;
}

function nested(dice: Dice): string {
  const depth = dice.pick([100, 5000, 10_001, 100_000]);
  const [open, close] = dice.pick([
    ['[', ']'],
    ['{"a":', '}'],
    ['{"metadata":{"annotations":', '}}'],
  ] as const);
  return open.repeat(depth) + (dice.chance(0.7) ? `1${close.repeat(depth)}` : '');
}

function bodyOf(dice: Dice, sample: object): Buffer {
  const text = JSON.stringify(sample);
  return dice.pick<() => Buffer>([
    () => dice.bytes(dice.number(0, 300)),
    () => dice.broken(Buffer.from(text)),
    () => Buffer.from(JSON.stringify(mutated(dice, sample))),
    () => Buffer.from(JSON.stringify(mutated(dice, sample))),
    () => Buffer.from(JSON.stringify(mutated(dice, sample))),
    () => Buffer.from(nested(dice)),
    () => Buffer.from(`{"kind":"X","metadata":{"name":"f","labels":{"${'k'.repeat(1 << 20)}":"v"}}}`),
    () => Buffer.from(`{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":${i}`).join()}}`),
    () => Buffer.from(text.replace('"f"', '"f","name":"g"')),
    () => Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0x2c, 0x22, 0xff, 0xfe, 0xc0, 0x22, 0x3a, 0x31, 0x7d])]),
    () => Buffer.from(text.replace('"f"', dice.pick(['1e999', '-0', '"\\ud800"', '"\\u0000"', '00', '0x1', 'NaN', '9007199254740993']))),
    () => Buffer.from(`\ufeff${text}`),
    () => Buffer.from('a: &a [*a]\nb: !!js/function "x"\n<<: *c\n? [x]: y\n'),
    () => Buffer.from(`a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: [*d,*d,*d,*d,*d,*d,*d,*d]\n`),
    () => Buffer.concat([Buffer.from('k8s\0'), dice.bytes(dice.number(0, 200))]),
    () => Buffer.concat([Buffer.from('k8s\0\n\x0f\n\x02v1\x12\tConfigMap'), Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f]), dice.bytes(50)]),
    () => Buffer.alloc(3 * 1024 * 1024 + 1, 0x20),
  ])(); // prettier-ignore
}

/** Bodies that are no objects, of other types, too deep, too long, in broken encodings. */
export const bodies: Attack = {
  name: 'bodies',
  run: async (target, dice) => {
    const [collection, sample] = dice.pick(collections);
    const onObject = dice.chance(0.3);
    const contentType = dice.chance(0.7) ? 'application/json' : dice.pick(contentTypes);
    const plain = bodyOf(dice, sample);
    const zipped = dice.chance(0.1);
    const query = dice.pick(['', '?dryRun=All', '?fieldValidation=Strict', '?fieldManager=__proto__']);
    await sendAndCheck(target, {
      method: onObject ? dice.pick(['PUT', 'DELETE']) : dice.pick(['POST', 'POST', 'DELETE']),
      path: collection + (onObject ? '/f' : '') + query,
      headers: { 'content-type': contentType, ...(zipped ? { 'content-encoding': 'gzip' } : {}) },
      body: zipped ? dice.broken(gzipSync(plain)) : plain,
    });
  },
};

const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
] as const;

const pointers = [
  '/__proto__/polluted',
  '/constructor/prototype/polluted',
  '/metadata/__proto__',
  '/metadata/labels/__proto__',
  '/metadata/labels/constructor',
  '/data/-1',
  '/data/~2',
  '/spec/containers/4294967296',
  '/spec/containers/-',
  '/spec/containers/01',
  '',
  '/',
  '//',
  'x',
];

function patchOf(dice: Dice, type: (typeof patchTypes)[number], sample: object): unknown {
  if (type !== 'application/json-patch+json')
    return dice.pick<() => unknown>([
      () => mutated(dice, sample),
      () => JSON.parse('{"__proto__":{"polluted":1},"metadata":{"labels":{"__proto__":"x","constructor":"y"}}}') as unknown,
      () => ({ spec: { containers: [{ $patch: dice.pick(['delete', 'replace', 'x']), name: '__proto__' }], '$setElementOrder/containers': [null, 1, { name: 'c' }] } }),
      () => ({ '$deleteFromPrimitiveList/finalizers': 1, $retainKeys: [dice.text(3), null], metadata: null }),
      () => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'f', managedFields: [{ manager: 'x', operation: 'Apply', fieldsV1: { 'f:__proto__': { 'k:{"name":1': {} }, 'v:': {}, 'i:-1': {} } }] } }),
      () => oddValue(dice),
    ])(); // prettier-ignore
  if (dice.chance(0.05)) return Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/a', value: 1 }));
  if (dice.chance(0.1)) return oddValue(dice);
  return Array.from({ length: dice.number(1, 6) }, () => ({
    op: dice.pick(['add', 'remove', 'replace', 'move', 'copy', 'test', '__proto__', dice.text(2)]),
    path: dice.chance(0.7) ? dice.pick(pointers) : `/${dice.text(6)}`,
    from: dice.pick([...pointers, '/metadata', undefined]),
    value: oddValue(dice),
  }));
}

/** Patches of every kind that name what is not there, what nobody may touch, and what means something to JavaScript. */
export const patches: Attack = {
  name: 'patches',
  run: async (target, dice) => {
    const [collection, sample] = dice.pick(collections.slice(0, 5));
    const headers = { 'content-type': 'application/json' };
    await target.send({ method: 'POST', path: collection, headers, body: Buffer.from(JSON.stringify(sample)) });
    const type = dice.pick(patchTypes);
    const text = Buffer.from(JSON.stringify(patchOf(dice, type, sample)) ?? 'null');
    await sendAndCheck(target, {
      method: 'PATCH',
      path: `${collection}/f${dice.pick(['', '', '/status', '/scale'])}?fieldManager=fuzz${dice.pick(['', '&force=true', '&dryRun=All'])}`,
      headers: { 'content-type': type },
      body: dice.chance(0.2) ? dice.broken(text) : text,
    });
  },
};
