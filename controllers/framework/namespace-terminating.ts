import { hasReason } from '../../api/meta/errors.ts';

/** True for the refusal to create something in a namespace that is going away: there is no point in trying again. */
export function isNamespaceTerminating(error: unknown): boolean {
  return (
    hasReason(error, 'Forbidden') &&
    (error.details?.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating')
  );
}
