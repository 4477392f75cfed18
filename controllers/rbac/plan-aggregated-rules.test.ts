import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ClusterRole, PolicyRule } from '../../api/schema/generated/rbac-v1.ts';
import { planAggregatedRules } from './plan-aggregated-rules.ts';

const rule = (resource: string): PolicyRule => ({ verbs: ['get'], apiGroups: [''], resources: [resource] });
const role = (name: string, labels: Record<string, string>, ...rules: PolicyRule[]): ClusterRole => ({
  metadata: { name, labels },
  rules,
});
const aggregating = (...rules: PolicyRule[]): ClusterRole => ({
  ...role('all', { to: 'x' }, ...rules),
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: 'x' } }, { matchLabels: { to: 'y' } }] },
});

describe('aggregated rules', () => {
  it('are those of the roles found, by selector and name, each once', () => {
    const all = [
      role('c', { to: 'y' }, rule('pods')),
      role('b', { to: 'x' }, rule('nodes'), rule('pods')),
      role('a', { to: 'x' }, rule('pods')),
      role('d', { to: 'z' }, rule('secrets')),
      aggregating(),
    ];
    assert.deepEqual(planAggregatedRules(aggregating(), all), [rule('pods'), rule('nodes')]);
  });

  it('are left alone where they are right, and where nothing aggregates', () => {
    const all = [role('a', { to: 'x' }, rule('pods'))];
    assert.equal(planAggregatedRules(aggregating(rule('pods')), all), undefined);
    assert.equal(planAggregatedRules(role('plain', {}), all), undefined);
    assert.deepEqual(planAggregatedRules(aggregating(rule('pods')), []), []);
  });
});
