import { semanticEqual } from '../../meta/equality.ts';
import { addInvalid, checkQualifiedName, immutable, type Errors } from '../../meta/field-checks.ts';
import {
  duplicate,
  forbiddenField,
  internal,
  invalidValue,
  notSupported,
  type FieldError,
} from '../../meta/field-error.ts';
import { ipFamilyOf, isDns1123Subdomain, isValidGroupId, isValidUserId } from '../../meta/names.ts';
import type { Container, ContainerStatus, Pod, PodStatus } from '../../schema/generated/core-v1.ts';
import { checkIp } from './ip-validation.ts';
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
  validateUsers(next, errors);
  validateResourceHealth(next, errors);
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
  for (const [index, { ip = '' }] of podIPs.entries()) if (!old.has(ip)) checkIp(ip, `status.podIPs[${index}]`, errors);
  checkFamilies(podIPs, 'status.podIPs', errors);
  checkRepeated(podIPs, 'status.podIPs', errors);
}

function validateHostIps({ hostIP = '', hostIPs = [] }: PodStatus, before: PodStatus, errors: Errors): void {
  if (hostIPs.length === 0) return;
  if (hostIP !== (hostIPs[0]!.ip ?? ''))
    errors.push(invalidValue('status.hostIPs[0].ip', hostIPs[0]!.ip ?? '', 'must be equal to `hostIP`'));
  const old = new Set((before.hostIPs ?? []).map(({ ip }) => ip));
  for (const [index, { ip = '' }] of hostIPs.entries())
    if (!old.has(ip)) checkIp(ip, `status.hostIPs[${index}]`, errors);
  checkRepeated(hostIPs, 'status.hostIPs', errors);
  checkFamilies(hostIPs, 'status.hostIPs', errors);
}

type Addresses = readonly { readonly ip?: string }[];

function checkRepeated(addresses: Addresses, path: string, errors: Errors): void {
  const seen = new Set<string>();
  for (const [index, { ip = '' }] of addresses.entries()) {
    if (seen.has(ip)) errors.push(duplicate(`${path}[${index}]`, { IP: ip }));
    seen.add(ip);
  }
}

/** One address of each family at most. */
function checkFamilies(addresses: Addresses, path: string, errors: Errors): void {
  if (addresses.length <= 1) return;
  const families = addresses.map(({ ip }) => ipFamilyOf(ip ?? ''));
  const unknown = families.indexOf(0);
  if (unknown >= 0) {
    const why = `failed to check for dual stack with error:invalid IP[${unknown}]: ${addresses[unknown]!.ip ?? ''}`;
    errors.push(internal(path, why));
  }
  if (unknown < 0 && addresses.length === 2 && families[0] !== families[1]) return;
  const shown = addresses.map(({ ip }) => ({ IP: ip ?? '' }));
  errors.push(invalidValue(path, shown, 'may specify no more than one IP for each IP family'));
}

const statusLists = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const;

function validateUsers({ spec, status }: Pod, errors: Errors): void {
  const system = spec?.os?.name ?? 'linux';
  for (const list of statusLists) {
    for (const [index, { user }] of (status?.[list] ?? []).entries()) {
      if (!user?.linux) continue;
      const path = `status.${list}[${index}].linux`;
      if (system === 'windows') errors.push(forbiddenField(path, 'cannot be set for a windows pod'));
      else if (system === 'linux') {
        const { uid, gid, supplementalGroups = [] } = user.linux;
        addInvalid(isValidUserId(uid), `${path}.uid`, uid, errors);
        addInvalid(isValidGroupId(gid), `${path}.gid`, gid, errors);
        for (const [g, group] of supplementalGroups.entries())
          addInvalid(isValidGroupId(group), `${path}.supplementalGroups[${g}]`, group, errors);
      }
    }
  }
}

const healthValues = ['Healthy', 'Unhealthy', 'Unknown'];

/** The health of devices is told of what a container asks for. */
function validateResourceHealth({ spec, status }: Pod, errors: Errors): void {
  for (const [list, containers] of [
    ['containerStatuses', spec?.containers],
    ['initContainerStatuses', spec?.initContainers],
  ] as const) {
    for (const [index, { name, allocatedResourcesStatus = [] }] of (status?.[list] ?? []).entries()) {
      const container = containers?.find((one) => one.name === name);
      for (const [r, resource] of allocatedResourcesStatus.entries()) {
        const path = `status.${list}[${index}].allocatedResourcesStatus[${r}]`;
        checkAllocated(resource.name, container, `${path}.name`, errors);
        const ids = new Set<string>();
        for (const [h, { resourceID, health = '' }] of (resource.resources ?? []).entries()) {
          if (!healthValues.includes(health))
            errors.push(notSupported(`${path}.resources[${h}].health`, health, healthValues));
          if (ids.has(resourceID)) errors.push(duplicate(`${path}.resources[${h}].resourceID`, resourceID));
          ids.add(resourceID);
        }
      }
    }
  }
  for (const [index, { allocatedResourcesStatus }] of (status?.ephemeralContainerStatuses ?? []).entries()) {
    if (!allocatedResourcesStatus?.length) continue;
    const path = `status.ephemeralContainerStatuses[${index}].allocatedResourcesStatus`;
    errors.push(forbiddenField(path, 'must not be specified in container status'));
  }
}

function checkAllocated(name: string, container: Container | undefined, field: string, errors: Errors): void {
  if (!container) return;
  const { claims = [], requests = {} } = container.resources ?? {};
  if (name.startsWith('claim:')) {
    if (claims.some((claim) => name === `claim:${claim.name}${claim.request ? `/${claim.request}` : ''}`)) return;
    const why =
      "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty";
    errors.push(invalidValue(field, name, why));
  } else if (requests[name] === undefined)
    errors.push(invalidValue(field, name, "must match one of the container's resource requests"));
}
