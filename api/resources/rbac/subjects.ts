import type { RoleRef, Subject } from '../../schema/generated/rbac-v1.ts';

/** The names of the subjects of one kind; service accounts with their namespace. */
export function formatSubjects(subjects: readonly Subject[] | undefined, kind: string): string {
  return (subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map((subject) => (kind === 'ServiceAccount' ? `${subject.namespace ?? ''}/${subject.name}` : subject.name))
    .join(', ');
}

const rbacGroup = 'rbac.authorization.k8s.io';

/** Fills a binding: roles, users and groups are of the RBAC group, service accounts of the core group. */
export function setBindingDefaults(binding: { roleRef: RoleRef; subjects?: Subject[] }): void {
  binding.roleRef ??= {} as RoleRef;
  binding.roleRef.apiGroup ||= rbacGroup;
  for (const subject of binding.subjects ?? []) {
    if (!subject.apiGroup && (subject.kind === 'User' || subject.kind === 'Group')) subject.apiGroup = rbacGroup;
  }
}
