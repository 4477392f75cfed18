import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { programClients } from './index.ts';
import { namespaceOf } from './kubectl/take-tour.ts';
import { tours } from './kubectl/tour/index.ts';

describe('the clients that k8ts is tested with', () => {
  it('have names of their own, which CONTRIBUTING.md lists', () => {
    const names = programClients.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    const text = readFileSync(new URL('../../CONTRIBUTING.md', import.meta.url), 'utf8');
    for (const name of names) assert.ok(text.includes(`\`${name}\``), name);
  });

  it('take kubectl on tours in namespaces of their own', () => {
    const namespaces = tours.map((tour) => namespaceOf(tour, 33));
    assert.equal(new Set(namespaces).size, namespaces.length);
  });

  it('take kubectl on short tours that need no pods and lack nothing', () => {
    const short = tours.filter(({ isShort }) => isShort);
    assert.ok(short.length > 0);
    for (const { name, needs, steps } of short) {
      assert.equal(needs, 'api-server', name);
      assert.ok(
        steps.every(([, , options]) => options?.gap === undefined),
        name,
      );
    }
  });
});
