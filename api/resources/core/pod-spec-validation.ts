/** What holds for the spec of a pod, be it a pod's own or in the template of a workload. */
import {
  addInvalid,
  checkQualifiedName,
  checkRange,
  checkSubdomain,
  unsupported,
  type Errors,
} from '../../meta/field-checks.ts';
import { duplicate, FieldError, forbiddenField, invalidValue, required } from '../../meta/field-error.ts';
import { validateLabels } from '../../meta/label-validation.ts';
import { isDns1123Label, isDns1123Subdomain, isQualifiedName, subdomainMaxLength } from '../../meta/names.ts';
import type { PodDNSConfig, PodResourceClaim, PodSpec } from '../../schema/generated/core-v1.ts';
import type { ObjectMeta } from '../../schema/generated/meta-v1.ts';
import { validateAffinity, validateTolerations, validateTopologySpread } from './affinity-validation.ts';
import { checkIp } from './ip-validation.ts';
import { validateAllContainers, type ContainerContext } from './container-validation.ts';
import { validatePodLevelResources } from './pod-resources-validation.ts';
import { validateResourceRequirements } from './resource-validation.ts';
import {
  validateHostProcess,
  validateOperatingSystem,
  validatePodSecurityContext,
} from './security-context-validation.ts';
import { validateVolumes } from './volume-validation.ts';

const maxInt32 = 2 ** 31 - 1;
const restartPolicies = ['Always', 'OnFailure', 'Never'];
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const preemptionPolicies = ['PreemptLowerPriority', 'Never'];

/** `meta` is that of the pod; a template has no name there. */
export function validatePodSpec(spec: PodSpec, meta: ObjectMeta | undefined, path: string, errors: Errors): void {
  const volumes = validateVolumes(spec.volumes, meta, `${path}.volumes`, errors);
  const claims = spec.resourceClaims;
  if (claims) validateResourceClaims(claims, meta, `${path}.resourceClaims`, errors);
  const claimNames: ReadonlySet<string> = claims ? new Set(claims.map((c) => c.name).filter((n) => n)) : noNames;
  const context: ContainerContext = { spec, volumes, claimNames };
  validateAllContainers(context, path, errors);
  if (spec.resources) validatePodLevelResources(spec, `${path}.resources`, errors);
  if (spec.hostNetwork) checkHostNetworkPorts(spec, meta !== undefined, path, errors);
  checkPolicy(spec.restartPolicy, restartPolicies, `${path}.restartPolicy`, errors);
  checkPolicy(spec.dnsPolicy, dnsPolicies, `${path}.dnsPolicy`, errors);
  validateLabels(spec.nodeSelector, `${path}.nodeSelector`, errors);
  validatePodSecurityContext(spec.securityContext, spec, `${path}.securityContext`, errors);
  validateAffinity(spec.affinity, `${path}.affinity`, errors);
  validateDnsConfig(spec.dnsConfig, spec.dnsPolicy, `${path}.dnsConfig`, errors);
  validateGates(spec, path, errors);
  if (spec.topologySpreadConstraints)
    validateTopologySpread(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`, errors);
  validateHostProcess(spec, path, errors);
  validateHostUsers(spec, path, errors);
  validateNames(spec, path, errors);
  if (spec.tolerations) validateTolerations(spec.tolerations, `${path}.tolerations`, errors);
  validateHostAliases(spec, `${path}.hostAliases`, errors);
  if (spec.priorityClassName) checkSubdomain(spec.priorityClassName, `${path}.priorityClassName`, errors);
  if (spec.runtimeClassName !== undefined) checkSubdomain(spec.runtimeClassName, `${path}.runtimeClassName`, errors);
  if (spec.preemptionPolicy !== undefined)
    checkPolicy(spec.preemptionPolicy, preemptionPolicies, `${path}.preemptionPolicy`, errors);
  if (spec.overhead) validateResourceRequirements({ limits: spec.overhead }, noNames, `${path}.overhead`, errors);
  validateOperatingSystem(spec, path, errors);
}

const noNames: ReadonlySet<string> = new Set();

function checkPolicy(policy: string | undefined, choices: readonly string[], field: string, errors: Errors): void {
  if (!policy) errors.push(required(field));
  else if (!choices.includes(policy)) errors.push(unsupported(field, policy, choices));
}

function validateNames(spec: PodSpec, path: string, errors: Errors): void {
  const { serviceAccountName, nodeName, activeDeadlineSeconds, hostname, subdomain } = spec;
  if (serviceAccountName) checkSubdomain(serviceAccountName, `${path}.serviceAccountName`, errors);
  if (nodeName) checkSubdomain(nodeName, `${path}.nodeName`, errors);
  if (activeDeadlineSeconds !== undefined)
    checkRange(activeDeadlineSeconds, 1, maxInt32, `${path}.activeDeadlineSeconds`, errors);
  if (hostname) addInvalid(isDns1123Label(hostname), `${path}.hostname`, hostname, errors);
  if (subdomain) addInvalid(isDns1123Label(subdomain), `${path}.subdomain`, subdomain, errors);
  if (spec.hostnameOverride !== undefined) validateHostnameOverride(spec, `${path}.hostnameOverride`, errors);
}

const hostnameMaxBytes = 64;

function validateHostnameOverride(spec: PodSpec, field: string, errors: Errors): void {
  const name = spec.hostnameOverride ?? '';
  if (spec.hostNetwork) errors.push(forbiddenField(field, 'may not be specified when hostNetwork is true'));
  if (spec.setHostnameAsFQDN) errors.push(forbiddenField(field, 'may not be specified when setHostnameAsFQDN is true'));
  addInvalid(isDns1123Subdomain(name), field, name, errors);
  if (Buffer.byteLength(name) > hostnameMaxBytes)
    errors.push(new FieldError('FieldValueTooLong', field, '', `may not be more than ${hostnameMaxBytes} bytes`));
}

function validateResourceClaims(
  claims: readonly PodResourceClaim[],
  meta: ObjectMeta | undefined,
  path: string,
  errors: Errors,
): void {
  const names = new Set<string>();
  for (const [index, claim] of claims.entries()) {
    const { name, resourceClaimName, resourceClaimTemplateName } = claim;
    const at = `${path}[${index}]`;
    if (!name) errors.push(required(`${at}.name`));
    else if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    else {
      const messages = isDns1123Label(name);
      addInvalid(messages, `${at}.name`, name, errors);
      if (messages.length === 0 && meta?.name && resourceClaimTemplateName !== undefined) {
        const claimName = `${meta.name}-${name}`;
        for (const message of isDns1123Subdomain(claimName))
          errors.push(invalidValue(`${at}.name`, claimName, `final ResourceClaim name: ${message}`));
      }
      names.add(name);
    }
    // As upstream's message shows it: its internal type, every field.
    const shown = {
      Name: name ?? '',
      ResourceClaimName: resourceClaimName ?? null,
      ResourceClaimTemplateName: resourceClaimTemplateName ?? null,
    };
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
      const why = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
      errors.push(invalidValue(at, shown, why));
    } else if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
      errors.push(invalidValue(at, shown, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'));
    }
    if (resourceClaimName !== undefined) checkSubdomain(resourceClaimName, `${at}.resourceClaimName`, errors);
    if (resourceClaimTemplateName !== undefined)
      checkSubdomain(resourceClaimTemplateName, `${at}.resourceClaimTemplateName`, errors);
  }
}

/** On the host's network a port is the host's; in a template it may be left out, and is filled in when pods are made. */
function checkHostNetworkPorts({ containers }: PodSpec, isPod: boolean, path: string, errors: Errors): void {
  for (const [index, { ports }] of containers.entries()) {
    for (const [p, { hostPort = 0, containerPort }] of (ports ?? []).entries()) {
      if (hostPort === containerPort || (hostPort === 0 && !isPod)) continue;
      const field = `${path}.containers[${index}].ports[${p}].hostPort`;
      errors.push(invalidValue(field, hostPort, 'must match `containerPort` when `hostNetwork` is true'));
    }
  }
}

const maxNameservers = 3;
const maxSearches = 32;
const maxSearchesLength = 2048;
const searchFormat = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*';
const searchPattern = new RegExp(`^${searchFormat}$`);

function validateDnsConfig(
  config: PodDNSConfig | undefined,
  policy: string | undefined,
  path: string,
  errors: Errors,
): void {
  if (policy === 'None') {
    if (!config) {
      errors.push(required(path, 'must provide `dnsConfig` when `dnsPolicy` is None'));
      return;
    }
    if (!config.nameservers?.length) {
      const why = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
      errors.push(required(`${path}.nameservers`, why));
      return;
    }
  }
  if (!config) return;
  const { nameservers = [], searches = [], options = [] } = config;
  if (nameservers.length > maxNameservers)
    errors.push(
      invalidValue(`${path}.nameservers`, nameservers, `must not have more than ${maxNameservers} nameservers`),
    );
  for (const [index, server] of nameservers.entries()) checkIp(server, `${path}.nameservers[${index}]`, errors);
  if (searches.length > maxSearches)
    errors.push(invalidValue(`${path}.searches`, searches, `must not have more than ${maxSearches} search paths`));
  if (searches.join(' ').length > maxSearchesLength) {
    const why = `must not have more than ${maxSearchesLength} characters (including spaces) in the search list`;
    errors.push(invalidValue(`${path}.searches`, searches, why));
  }
  for (const [index, search] of searches.entries()) {
    const name = search === '.' ? search : search.replace(/\.$/, '');
    if (search !== '.') addInvalid(whyNoSearch(name), `${path}.searches[${index}]`, name, errors);
  }
  for (const [index, { name }] of options.entries())
    if (!name) errors.push(required(`${path}.options[${index}]`, 'must not be empty'));
}

/** A search domain is a subdomain in which underscores are fine. */
function whyNoSearch(name: string): string[] {
  const messages: string[] = [];
  if (name.length > subdomainMaxLength) messages.push(`must be no more than ${subdomainMaxLength} characters`);
  if (!searchPattern.test(name)) {
    messages.push(
      `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${searchFormat}')`,
    );
  }
  return messages;
}

function validateGates({ readinessGates, schedulingGates }: PodSpec, path: string, errors: Errors): void {
  for (const [index, { conditionType }] of (readinessGates ?? []).entries())
    checkQualifiedName(conditionType ?? '', `${path}.readinessGates[${index}].conditionType`, errors);
  const seen = new Set<string>();
  for (const [index, { name = '' }] of (schedulingGates ?? []).entries()) {
    const at = `${path}.schedulingGates[${index}]`;
    addInvalid(isQualifiedName(name), at, name, errors);
    if (seen.has(name)) errors.push(duplicate(at, name));
    seen.add(name);
  }
}

/** A pod with users of its own cannot share the host's other namespaces. */
function validateHostUsers(spec: PodSpec, path: string, errors: Errors): void {
  if (spec.hostUsers !== false) return;
  const why = 'when `hostUsers` is false';
  if (spec.hostNetwork) errors.push(forbiddenField(`${path}.hostNetwork`, why));
  if (spec.hostPID) errors.push(forbiddenField(`${path}.HostPID`, why));
  if (spec.hostIPC) errors.push(forbiddenField(`${path}.HostIPC`, why));
}

function validateHostAliases({ hostAliases }: PodSpec, path: string, errors: Errors): void {
  for (const [index, { ip = '', hostnames }] of (hostAliases ?? []).entries()) {
    checkIp(ip, `${path}[${index}].ip`, errors);
    for (const [h, hostname] of (hostnames ?? []).entries())
      checkSubdomain(hostname, `${path}[${index}].hostnames[${h}]`, errors);
  }
}
