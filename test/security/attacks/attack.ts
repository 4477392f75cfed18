import type { IdentityName } from '../target/identities.ts';
import type { Target } from '../target/target.ts';

/** What upstream answers. */
export interface ExpectedAnswer {
  readonly status: number;
  /** Of the Status; absent where the answer is none. */
  readonly reason?: string;
  readonly message?: RegExp;
}

/** What the audit log says of it; what is left out follows from the request and the answer. */
export interface ExpectedAudit {
  /** Whom the server took the caller for; '' for nobody. */
  readonly user?: string;
  readonly verb?: string;
  /** Undefined where nobody got as far as to ask. */
  readonly decision?: 'allow' | 'forbid';
}

/** One attempt at what is not allowed. It must be refused as upstream does, change nothing and be written down. */
export interface Attack {
  readonly name: string;
  readonly as: IdentityName;
  readonly method?: string;
  readonly path: string | ((target: Target) => string);
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Sent as JSON, or as it is where it is a text; a function where it needs to know the target. */
  readonly body?: unknown;
  readonly expect: ExpectedAnswer;
  /** `none`: it is over before anything is written down. */
  readonly audit?: ExpectedAudit | 'none';
}

/** A refusal by who may do what. */
export const forbidden = (message?: RegExp): ExpectedAnswer => ({ status: 403, reason: 'Forbidden', message });
/** Nobody knows who this is. */
export const unauthorized: ExpectedAnswer = { status: 401, reason: 'Unauthorized', message: /^Unauthorized$/ };
/** The right was there, but the object is not to be. */
export const refusedByAdmission: ExpectedAudit = { decision: 'allow' };

const rbac = 'rbac.authorization.k8s.io';

/** A Role as somebody would write it who wants more. */
export function role(rules: readonly object[], name = 'loot'): object {
  return { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { name }, rules };
}

/** A RoleBinding of `KIND/NAME` to a subject `KIND/NAME`. */
export function binding(roleRef: string, subject: string, name = 'loot'): object {
  const [kind, roleName] = roleRef.split('/');
  const [subjectKind, subjectName] = subject.split('/');
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name },
    roleRef: { apiGroup: rbac, kind, name: roleName },
    subjects: [{ apiGroup: rbac, kind: subjectKind, name: subjectName }],
  };
}

/** A pod that every policy lets in, and what is different about it. */
export function pod(name: string, spec: object = {}, metadata: object = {}): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...metadata },
    spec: { containers: [{ name: 'main', image: 'image', securityContext: harmless }], ...spec },
  };
}

export const harmless = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

export const jsonPatch = { 'content-type': 'application/json-patch+json' };
export const mergePatch = { 'content-type': 'application/merge-patch+json' };
export const applyPatch = { 'content-type': 'application/apply-patch+yaml' };
