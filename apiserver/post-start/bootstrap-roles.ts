import { reconcileBootstrapPolicy } from '../authorizers/rbac-bootstrap/reconcile-bootstrap-policy.ts';
import type { PostStartHook } from './post-start-hook.ts';
import { untilDone } from './until-done.ts';

/** The roles and bindings that components, nodes and people are used to. */
export const bootstrapRoles: PostStartHook = {
  name: 'rbac/bootstrap-roles',
  run: (deps, done, signal) =>
    untilDone('bootstrap roles', deps, signal, async () => {
      await reconcileBootstrapPolicy(deps.client, deps, signal);
      done();
    }),
};
