import { semanticEqual } from '../../meta/equality.ts';
import { addInvalid, checkQualifiedName, immutable, type Errors } from '../../meta/field-checks.ts';
import { duplicate, forbiddenField, invalidValue, type FieldError } from '../../meta/field-error.ts';
import { ipFamilyOf, isDns1123Subdomain, isValidIp } from '../../meta/names.ts';
import type { ContainerStatus, Pod, PodStatus } from '../../schema/generated/core-v1.ts';
import { validateAnnotationChange } from './pod-update-validation.ts';

/** What is wrong with a status that a kubelet, or another who may, reports of a pod. */
export function validatePodStatusUpdate(next: Pod, old: Pod): FieldError[] {
  const errors: Errors = [];
  const status = next.status ?? {};
  const before = old.status ?? {};
  validateAnnotationChange(next, old, errors);
  for (const [index, { type }] of (status.conditions ?? []).entries())
    checkQualifiedName(type ?? '', `status.conditions[${index}].Type`, errors);
  const nominated = status.nominatedNodeName;
  if (nominated && nominated !== before.nominatedNodeName)
    addInvalid(isDns1123Subdomain(nominated), 'status.nominatedNodeName', nominated, errors);
  if (!semanticEqual(status.qosClass ?? '', before.qosClass ?? ''))
    errors.push(invalidValue('status.qosClass', status.qosClass ?? '', immutable));
  validateTransitions(next, old, errors);
  validateClaimStatuses(next, errors);
  validatePodIps(status, before, errors);
  validateHostIps(status, before, errors);
  if ((status.observedGeneration ?? 0) < 0)
    errors.push(invalidValue('status.observedGeneration', status.observedGeneration, 'must be a non-negative integer'));
  return errors;
}

/** What ended for good cannot run again. */
function validateTransitions(next: Pod, old: Pod, errors: Errors): void {
  const policy = old.spec?.restartPolicy ?? 'Always';
  const check = (
    list: 'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses',
    own: string,
  ): void => {
    if (own === 'Always') return;
    for (const [index, status] of (old.status?.[list] ?? []).entries()) {
      const exitCode = status.state?.terminated?.exitCode;
      if (exitCode === undefined || (exitCode !== 0 && own === 'OnFailure')) continue;
      if (list !== 'ephemeralContainerStatuses' && hasOwnPolicy(old, status)) continue;
      const now = next.status?.[list]?.find(({ name }) => name === status.name);
      if (now && !now.state?.terminated)
        errors.push(
          forbiddenField(`status.${list}[${index}].state`, 'may not be transitioned to non-terminated state'),
        );
    }
  };
  check('containerStatuses', policy);
  check('initContainerStatuses', policy);
  check('ephemeralContainerStatuses', 'Never');
}

function hasOwnPolicy({ spec }: Pod, { name }: ContainerStatus): boolean {
  const all = [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])];
  return all.find((container) => container.name === name)?.restartPolicy !== undefined;
}

function validateClaimStatuses({ spec, status }: Pod, errors: Errors): void {
  const seen = new Set<string>();
  for (const [index, { name, resourceClaimName }] of (status?.resourceClaimStatuses ?? []).entries()) {
    const at = `status.resourceClaimStatuses[${index}]`;
    if (!spec?.resourceClaims?.some((claim) => claim.name === name))
      errors.push(invalidValue(`${at}.name`, name, 'must match the name of an entry in `spec.resourceClaims`'));
    if (seen.has(name)) errors.push(duplicate(`${at}.name`, name));
    seen.add(name);
    if (resourceClaimName !== undefined)
      addInvalid(isDns1123Subdomain(resourceClaimName), `${at}.name`, resourceClaimName, errors);
  }
}

function validatePodIps({ podIPs = [] }: PodStatus, before: PodStatus, errors: Errors): void {
  const old = new Set((before.podIPs ?? []).map(({ ip }) => ip));
  for (const [index, { ip = '' }] of podIPs.entries())
    if (!old.has(ip)) addInvalid(isValidIp(ip), `status.podIPs[${index}]`, ip, errors);
  if (podIPs.length <= 1) return;
  const [first, second] = podIPs.map(({ ip }) => ipFamilyOf(ip ?? ''));
  if (podIPs.length > 2 || first === second) {
    const why = 'may specify no more than one IP for each IP family';
    errors.push(
      invalidValue(
        'status.podIPs',
        podIPs.map(({ ip }) => ({ IP: ip })),
        why,
      ),
    );
  }
  const seen = new Set<string>();
  for (const [index, { ip = '' }] of podIPs.entries()) {
    if (seen.has(ip)) errors.push(duplicate(`status.podIPs[${index}]`, { IP: ip }));
    seen.add(ip);
  }
}

function validateHostIps({ hostIP = '', hostIPs = [] }: PodStatus, before: PodStatus, errors: Errors): void {
  if (hostIPs.length === 0) return;
  if (hostIP !== hostIPs[0]!.ip)
    errors.push(invalidValue('status.hostIPs[0].ip', hostIPs[0]!.ip ?? '', 'must be equal to `hostIP`'));
  const old = new Set((before.hostIPs ?? []).map(({ ip }) => ip));
  for (const [index, { ip = '' }] of hostIPs.entries())
    if (!old.has(ip)) addInvalid(isValidIp(ip), `status.hostIPs[${index}]`, ip, errors);
  if (hostIPs.length <= 1) return;
  const [first, second] = hostIPs.map(({ ip }) => ipFamilyOf(ip ?? ''));
  if (hostIPs.length > 2 || first === second) {
    const why = 'may specify no more than one IP for each IP family';
    errors.push(
      invalidValue(
        'status.hostIPs',
        hostIPs.map(({ ip }) => ({ IP: ip })),
        why,
      ),
    );
  }
}
