import type { AuditEvent } from './audit-event.ts';

/** The one-line form of `--audit-log-format=legacy`. */
export function legacyLine(event: AuditEvent): string {
  const { user, impersonatedUser, objectRef, responseStatus } = event;
  const list = (values: readonly string[] | undefined): string =>
    values?.length ? values.map((value) => JSON.stringify(value)).join(',') : '"<none>"';
  const fields = [
    ['id', JSON.stringify(event.auditID)],
    ['stage', JSON.stringify(event.stage)],
    ['ip', JSON.stringify(event.sourceIPs?.[0] ?? '<unknown>')],
    ['method', JSON.stringify(event.verb)],
    ['user', JSON.stringify(user.username ?? '<none>')],
    ['groups', list(user.groups)],
    ['as', JSON.stringify(impersonatedUser?.username ?? '<self>')],
    ['asgroups', impersonatedUser ? list(impersonatedUser.groups) : '"<lookup>"'],
    ['user-agent', JSON.stringify(event.userAgent ?? '<none>')],
    ['namespace', JSON.stringify(objectRef?.namespace || '<none>')],
    ['uri', JSON.stringify(event.requestURI)],
    ['response', JSON.stringify(responseStatus ? String(responseStatus.code) : '<deferred>')],
  ];
  return `${event.stageTimestamp} AUDIT: ${fields.map(([name, value]) => `${name}=${value}`).join(' ')}`;
}
