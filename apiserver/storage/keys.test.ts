import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { resources } from '../../api/resources/index.ts';
import {
  collectionPrefix,
  namesFromPrefix,
  namesFromRows,
  parseKey,
  resourcePrefix,
  resourcePrefixOf,
  storageKey,
} from './keys.ts';

describe('keys', () => {
  it('are those of upstream', () => {
    const namespaced = { storagePrefix: 'pods', scope: 'Namespaced' } as const;
    assert.equal(storageKey(namespaced, { namespace: 'a', name: 'b' }), '/registry/pods/a/b');
    assert.equal(collectionPrefix(namespaced), '/registry/pods/');
    assert.equal(collectionPrefix(namespaced, 'a'), '/registry/pods/a/');
    const cluster = { storagePrefix: 'minions', scope: 'Cluster' } as const;
    assert.equal(storageKey(cluster, { name: 'b' }), '/registry/minions/b');
    assert.equal(collectionPrefix(cluster, 'ignored'), '/registry/minions/');
    assert.throws(() => storageKey(namespaced, { name: 'b' }));
    assert.throws(() => resourcePrefix({ scope: 'Cluster' }));
  });

  it('of every resource tell the resource, the namespace and the name', () => {
    const stored = resources.filter((row) => row.storagePrefix !== undefined);
    assert.ok(stored.length > 50);
    const custom = { storagePrefix: 'example.com/widgets', scope: 'Namespaced' as const };
    for (const row of [...stored, custom]) {
      const namespace = row.scope === 'Namespaced' ? 'ns' : '';
      const key = storageKey(row, { namespace, name: 'na.me:x' });
      assert.deepEqual(parseKey(key), { resourcePrefix: resourcePrefix(row), namespace, name: 'na.me:x' });
      assert.equal(resourcePrefixOf(collectionPrefix(row, namespace)), resourcePrefix(row));
    }
  });

  it('that hold no resource are their own prefix', () => {
    for (const key of ['/registry/x', 'compact_rev_key', '/registry/example.com/x', ''])
      assert.equal(resourcePrefixOf(key), key);
  });

  it('are named after rows in metrics, and after themselves where there is none', () => {
    const names = namesFromRows(resources);
    assert.deepEqual(names('/registry/minions/'), { group: '', resource: 'nodes' });
    assert.deepEqual(names('/registry/deployments/'), { group: 'apps', resource: 'deployments' });
    assert.deepEqual(names('/registry/horizontalpodautoscalers/').group, 'autoscaling');
    assert.deepEqual(names('/registry/example.com/widgets/'), { group: 'example.com', resource: 'widgets' });
    assert.deepEqual(namesFromPrefix(''), { group: '', resource: '' });
  });
});
