import type { User } from '../authenticators/authenticator.ts';
import type { AuthorizerChain, AuthorizerDeps } from './authorizer-chain.ts';
import { createRbacIndex, type Grant, type RbacIndex } from './rbac-index.ts';
import { anyAllows, type Rule } from './rbac-rules.ts';

/** Role-based access control by the roles and bindings in the cache. Decides at once; never denies, only allows. */
export function createRbacAuthorizer(deps: AuthorizerDeps): AuthorizerChain {
  const index = createRbacIndex(deps.cache);
  return {
    name: 'RBAC',
    authorize: (attributes) => {
      const missing: string[] = [];
      const grants = index.grants(attributes.user, attributes.namespace);
      for (let i = 0; i < grants.length; i++) {
        const grant = grants[i]!;
        const { rules } = grant.role;
        if (!rules) missing.push(roleNotFound(grant));
        else if (anyAllows(rules, attributes)) return firstOf(grant, grants).allowed;
      }
      return { kind: 'noOpinion', reason: missing.length ? `RBAC: ${aggregate(missing)}` : '' };
    },
    rulesFor: (user, namespace) => {
      const { rules, errors } = rulesHeld(index, user, namespace);
      return {
        resourceRules: rules
          .filter((rule) => rule.resources?.length)
          .map(({ verbs, apiGroups, resources, resourceNames }) => ({
            verbs,
            apiGroups,
            resources,
            ...(resourceNames?.length ? { resourceNames } : {}),
          })),
        nonResourceRules: rules
          .filter((rule) => rule.nonResourceURLs?.length)
          .map(({ verbs, nonResourceURLs }) => ({ verbs, nonResourceURLs })),
        // What a role that is missing would allow, nobody may do.
        incomplete: false,
        ...(errors.length ? { evaluationError: aggregate(errors) } : {}),
      };
    },
  };
}

/** All rules a user holds in a namespace (or in the whole cluster, where it is empty), and the roles that are missing. */
function rulesHeld(index: RbacIndex, user: User, namespace: string): { rules: Rule[]; errors: string[] } {
  const rules: Rule[] = [];
  const errors: string[] = [];
  const grants = index.grants(user, namespace);
  for (const grant of grants) {
    if (firstOf(grant, grants) !== grant) continue;
    const own = grant.role.rules;
    if (own) rules.push(...own);
    else errors.push(roleNotFound(grant));
  }
  return { rules, errors };
}

/** Of the subjects of a binding that the user is, the one that stands first. */
function firstOf(grant: Grant, grants: readonly Grant[]): Grant {
  if (grant.binding.subjects === 1) return grant;
  let first = grant;
  for (const other of grants) if (other.binding === grant.binding && other.place < first.place) first = other;
  return first;
}

function roleNotFound({ roleRef }: Grant): string {
  return `${roleRef.kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(roleRef.name)} not found`;
}

/** Several errors as Go's aggregate writes them. */
function aggregate(errors: readonly string[]): string {
  const distinct = [...new Set(errors)];
  return distinct.length === 1 ? distinct[0]! : `[${distinct.join(', ')}]`;
}
