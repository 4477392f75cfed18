import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'mocha';
import { clusterRoleBindings } from '../../api/resources/rbac/cluster-role-binding.ts';
import { clusterRoles } from '../../api/resources/rbac/cluster-role.ts';
import { roleBindings } from '../../api/resources/rbac/role-binding.ts';
import { roles } from '../../api/resources/rbac/role.ts';
import type { KubeObject } from '../../api/meta/object.ts';
import type { PolicyRule } from '../../api/schema/generated/rbac-v1.ts';
import { admissionRequest, createAdmissionDeps, run, type TestAdmissionDeps } from '../../test/support/admission.ts';
import type { AdmissionRequest } from '../admission/admission.ts';
import { createUser } from '../authenticators/authenticator.ts';
import { createAuthorizer } from './create-authorizer.ts';
import { createRbacEscalation } from './rbac-escalation.ts';

const apiGroup = 'rbac.authorization.k8s.io';
const jane = { kind: 'User', apiGroup, name: 'jane' };
const readPods: PolicyRule = { verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] };

describe('RBAC escalation', () => {
  let deps: TestAdmissionDeps;
  beforeEach(() => {
    const made = createAdmissionDeps();
    deps = { ...made, authorizer: createAuthorizer({ modes: ['RBAC'] }, made) };
    hold(readPods);
  });
  const hold = (...rules: PolicyRule[]): void => {
    deps.cache.put(clusterRoles, { metadata: { name: 'held' }, rules });
    const roleRef = { apiGroup, kind: 'ClusterRole', name: 'held' };
    deps.cache.put(clusterRoleBindings, { metadata: { name: 'held' }, subjects: [jane], roleRef });
  };
  const write = (
    row: { readonly kind: string },
    object: KubeObject,
    more: Partial<AdmissionRequest> = {},
  ): Promise<void> => run(createRbacEscalation(deps), admissionRequest(row, object, more));
  const role = (...rules: PolicyRule[]): KubeObject =>
    ({ metadata: { namespace: 'a', name: 'r' }, rules }) as KubeObject;
  const binding = (name: string, kind = 'ClusterRole'): KubeObject =>
    ({ metadata: { namespace: 'a', name: 'b' }, subjects: [jane], roleRef: { apiGroup, kind, name } }) as KubeObject;

  it('lets pass on what one holds', async () => {
    await write(roles, role({ ...readPods, verbs: ['get'] }));
    await write(roleBindings, binding('held'));
  });

  it('refuses what one does not hold, and says what', async () => {
    const more = { verbs: ['get', 'delete', 'watch'], apiGroups: [''], resources: ['pods', 'nodes'] };
    await assert.rejects(() => write(roles, role(more)), {
      message:
        'roles.rbac.authorization.k8s.io "r" is forbidden: user "jane" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n' +
        '{APIGroups:[""], Resources:["nodes"], Verbs:["get" "delete" "watch"]}\n' +
        '{APIGroups:[""], Resources:["pods"], Verbs:["delete" "watch"]}',
    });
  });

  it('refuses to bind a stronger role, or one that is missing', async () => {
    deps.cache.put(clusterRoles, {
      metadata: { name: 'strong' },
      rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    });
    await assert.rejects(
      () => write(roleBindings, binding('strong')),
      /\{APIGroups:\["\*"\], Resources:\["\*"\], Verbs:\["\*"\]\}$/,
    );
    await assert.rejects(() => write(roleBindings, binding('absent', 'Role')), {
      reason: 'NotFound',
      message: 'rolebindings.rbac.authorization.k8s.io "absent" not found',
    });
    await assert.rejects(() => write(roleBindings, binding('strong', 'Bogus')), {
      code: 500,
      message: 'unsupported role reference kind: "Bogus"',
    });
  });

  it('lets those who may escalate or bind', async () => {
    const anything = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
    deps.cache.put(clusterRoles, { metadata: { name: 'strong' }, rules: [anything] });
    hold({ verbs: ['escalate'], apiGroups: [apiGroup], resources: ['roles'] });
    await write(roles, role(anything));
    await assert.rejects(() => write(roleBindings, binding('strong')), /not currently held/);
    hold({ verbs: ['bind'], apiGroups: [apiGroup], resources: ['clusterroles'], resourceNames: ['strong'] });
    await write(roleBindings, binding('strong'));
    await write(roles, role(anything), { user: createUser({ name: 'root', groups: ['system:masters'] }) });
  });

  it('looks at updates, but for those of the garbage collector', async () => {
    const strong = role({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] });
    const update = { operation: 'UPDATE', oldObject: strong as never } as const;
    const labelled = { ...strong, metadata: { ...strong.metadata, labels: { a: 'b' } } };
    await assert.rejects(() => write(roles, labelled, update), /not currently held/);
    await write(roles, { ...strong, metadata: { ...strong.metadata, finalizers: ['x'] } }, update);
  });

  it('keeps aggregation to those who may do everything', async () => {
    const aggregating = { metadata: { name: 'r' }, aggregationRule: { clusterRoleSelectors: [{}] } } as KubeObject;
    await assert.rejects(
      () => write(clusterRoles, aggregating),
      /must have cluster-admin privileges to use the aggregationRule/,
    );
    hold({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verbs: ['*'], nonResourceURLs: ['*'] });
    await write(clusterRoles, aggregating);
  });
});
