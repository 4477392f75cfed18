import type { Subject } from '../../schema/generated/rbac-v1.ts';

/** The names of the subjects of one kind; service accounts with their namespace. */
export function formatSubjects(subjects: readonly Subject[] | undefined, kind: string): string {
  return (subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map((subject) => (kind === 'ServiceAccount' ? `${subject.namespace ?? ''}/${subject.name}` : subject.name))
    .join(', ');
}
