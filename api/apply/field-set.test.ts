import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import {
  difference,
  displayPaths,
  hasField,
  intersection,
  isEmptySet,
  parseFieldSet,
  recursiveDifference,
  setOf,
  sorted,
  union,
  type FieldSet,
} from './field-set.ts';

/** A set as the list of its paths, which is what the operations are about. */
function pathsOf(set: FieldSet, prefix = ''): string[] {
  const paths: string[] = [];
  for (const element of Object.keys(set)) {
    if (element === '.') continue;
    const node = set[element]!;
    const path = `${prefix}/${element}`;
    if (Object.keys(node).length === 0 || '.' in node) paths.push(path);
    paths.push(...pathsOf(node, path));
  }
  return paths.sort();
}

/** Sets over a small alphabet from a seed, so that they overlap in every way. */
function randomSet(seed: number): FieldSet {
  let state = seed;
  const next = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  const paths = Array.from({ length: 1 + next(6) }, () =>
    Array.from({ length: 1 + next(3) }, () => `f:${'abc'[next(3)]}`),
  );
  return setOf(...paths);
}

describe('field sets', () => {
  it('obey the algebra of sets of paths', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const a = randomSet(seed);
      const b = randomSet(seed * 7919);
      const [inA, inB] = [pathsOf(a), pathsOf(b)];
      const context = `seed ${seed}`;
      assert.deepEqual(pathsOf(union(a, b)), [...new Set([...inA, ...inB])].sort(), `union, ${context}`);
      assert.deepEqual(pathsOf(difference(a, b)), inA.filter((path) => !inB.includes(path)), `difference, ${context}`); // prettier-ignore
      assert.deepEqual(pathsOf(intersection(a, b)), inA.filter((path) => inB.includes(path)), `intersection, ${context}`); // prettier-ignore
      const isCovered = (path: string): boolean => inB.some((other) => path === other || path.startsWith(`${other}/`));
      assert.deepEqual(pathsOf(recursiveDifference(a, b)), inA.filter((path) => !isCovered(path)), `recursive, ${context}`); // prettier-ignore
      assert.ok(isEmptySet(difference(a, a)), `a set without itself, ${context}`);
    }
  });

  it('are the same object where nothing changes', () => {
    const set = setOf(['f:spec', 'f:a'], ['f:spec', 'f:b'], ['f:status']);
    assert.equal(union(set, setOf(['f:spec', 'f:a'])), set);
    assert.equal(difference(set, setOf(['f:spec', 'f:c'], ['f:other'])), set);
    assert.equal(recursiveDifference(set, setOf(['f:other'])), set);
    const ordered = sorted(set);
    assert.equal(sorted(ordered), ordered);
  });

  it('tell members from what only holds members', () => {
    const set: FieldSet = { 'f:spec': { 'f:labels': { '.': {}, 'f:a': {} }, 'f:other': { 'f:b': {} } } };
    assert.ok(hasField(set, ['f:spec', 'f:labels']));
    assert.ok(hasField(set, ['f:spec', 'f:labels', 'f:a']));
    assert.ok(!hasField(set, ['f:spec']));
    assert.ok(!hasField(set, ['f:spec', 'f:other']));
    assert.ok(!hasField(set, []));
  });

  it('are sorted as upstream sorts them: by kind of element, numbers as numbers', () => {
    const elements = ['i:10', 'i:9', 'v:2', 'v:10', 'v:"a"', 'v:true', 'k:{"port":443,"protocol":"TCP"}', 'k:{"port":80,"protocol":"UDP"}', 'k:{"port":80,"protocol":"TCP"}', 'f:b', 'f:B', '.']; // prettier-ignore
    const set = Object.fromEntries(elements.map((element) => [element, {}]));
    assert.deepEqual(Object.keys(sorted(set)), ['.', 'f:B', 'f:b', 'k:{"port":80,"protocol":"TCP"}', 'k:{"port":80,"protocol":"UDP"}', 'k:{"port":443,"protocol":"TCP"}', 'v:2', 'v:10', 'v:"a"', 'v:true', 'i:9', 'i:10']); // prettier-ignore
  });

  it('print paths, on each level first those that end there', () => {
    const set: FieldSet = {
      'f:spec': {
        'f:containers': { 'k:{"name":"c","port":80}': { '.': {}, 'f:image': {} } },
        'f:finalizers': { 'v:"x/y"': {} },
        'f:replicas': {},
        'f:list': { 'i:0': {} },
      },
    };
    assert.deepEqual(displayPaths(set), [
      '.spec.replicas',
      '.spec.containers[name="c",port=80]',
      '.spec.containers[name="c",port=80].image',
      '.spec.finalizers[="x/y"]',
      '.spec.list[0]',
    ]);
  });

  describe('from a client', () => {
    it('are brought into canonical form', () => {
      const sent = {
        'k:{ "protocol":"TCP", "port":80}': {},
        'v: "<a>"': { '.': {} },
        'f:b': { 'f:c': {} },
        'x:new': {},
      };
      assert.deepEqual(parseFieldSet(sent), { 'f:b': { 'f:c': {} }, 'k:{"port":80,"protocol":"TCP"}': {}, 'v:"\\u003ca\\u003e"': {} }); // prettier-ignore
    });
    for (const [sent, message] of [
      [{ f: {} }, 'key must be 2 characters long:'],
      [{ spec: {} }, 'missing colon: spec'],
      [{ 'i:x': {} }, 'strconv.Atoi: parsing "x": invalid syntax'],
    ] as const) {
      it(`refuse ${JSON.stringify(sent)}`, () => assert.throws(() => parseFieldSet(sent), { message }));
    }
    it('refuse keys that are no JSON', () => assert.throws(() => parseFieldSet({ 'k:{x': {} })));
  });
});
