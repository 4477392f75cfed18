import { objectKey } from '../../api/meta/object.ts';
import { clusterRoles } from '../../api/resources/rbac/cluster-role.ts';
import { defineController, done, watch } from '../framework/define-controller.ts';
import { planAggregatedRules } from './plan-aggregated-rules.ts';

const fieldManager = 'clusterrole-aggregation-controller';

/** Writes into `admin`, `edit`, `view` and their like the rules of the roles that their selectors find. */
export const clusterRoleAggregationController = defineController({
  name: 'clusterrole-aggregation-controller',
  queueName: 'ClusterRoleAggregator',
  reconciles: clusterRoles,
  watches: [
    // Any role may have come under any selector, or left it.
    watch(clusterRoles, (_, { lister }) =>
      lister(clusterRoles)
        .list()
        .filter(({ aggregationRule }) => aggregationRule)
        .map(objectKey),
    ),
  ],
  create: ({ client, lister }) => {
    const roles = lister(clusterRoles);
    return async (key, signal) => {
      const role = roles.get(key);
      const rules = role && planAggregatedRules(role, roles.list());
      if (!rules) return done;
      const body = {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: role.metadata.name },
        rules,
      };
      const at = { name: role.metadata.name! };
      await client.patch(clusterRoles, at, { type: 'apply', body }, { fieldManager, force: true, signal });
      return done;
    };
  },
});
