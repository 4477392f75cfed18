import type { PolicyRule, Subject } from '../../../api/schema/generated/rbac-v1.ts';

/** A role of the bootstrap policy. */
export interface BootstrapRole {
  readonly name: string;
  readonly namespace?: string;
  readonly rules: readonly PolicyRule[];
  /** Its rules are also those of the role that aggregates under this name. */
  readonly aggregatesTo?: 'admin' | 'edit' | 'view';
  /** The name under which it takes the rules of other roles in. */
  readonly aggregates?: 'admin' | 'edit' | 'view';
}

export interface BootstrapBinding {
  readonly name: string;
  readonly namespace?: string;
  /** Where it is not the binding's own name. */
  readonly role?: string;
  readonly subjects: readonly Subject[];
}

const words = (list: string): string[] => list.split(' ');

/** A rule about resources; lists are divided by spaces, `core` is the group without a name. */
export function allow(verbs: string, groups: string, resources: string, names?: string): PolicyRule {
  return {
    verbs: words(verbs),
    apiGroups: words(groups).map((name) => (name === 'core' ? '' : name)),
    resources: words(resources),
    ...(names ? { resourceNames: words(names) } : {}),
  };
}

/** A rule about paths. */
export function paths(verbs: string, urls: string): PolicyRule {
  return { verbs: words(verbs), nonResourceURLs: words(urls) };
}

const apiGroup = 'rbac.authorization.k8s.io';
/** A subject by the name that it authenticates as: `system:kube-scheduler`. */
export const user = (name: string): Subject => ({ kind: 'User', apiGroup, name });
/** A subject that stands for every user who authenticates with the group: `system:masters`. */
export const group = (name: string): Subject => ({ kind: 'Group', apiGroup, name });
/** A subject by the name of its account in kube-system; the bootstrap policy binds accounts of no other namespace. */
export const serviceAccount = (name: string): Subject => ({ kind: 'ServiceAccount', name, namespace: 'kube-system' });
