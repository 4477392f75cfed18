import {
  addInvalid,
  checkLabel,
  checkPort,
  checkQualifiedName,
  checkSubdomain,
  immutable,
  unsupported,
  type Errors,
} from '../../meta/field-checks.ts';
import { duplicate, forbiddenField, invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import { validateLabels } from '../../meta/label-validation.ts';
import { ipFamilyOf } from '../../meta/names.ts';
import type { LoadBalancerStatus, Service, ServicePort, ServiceSpec } from '../../schema/generated/core-v1.ts';
import { checkCidr, checkIp, checkOrdinaryIp, whyNoIp } from './ip-validation.ts';
import { checkPortNumberOrName } from './probe-validation.ts';
import { isExternallyAccessible } from './service-defaults.ts';
import { needsHealthCheckNodePort } from './service-strategy.ts';
import { topologyHintsAnnotation } from './service-warnings.ts';

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const protocols = ['SCTP', 'TCP', 'UDP'];
const topologyModeAnnotation = 'service.kubernetes.io/topology-mode';
const sourceRangesAnnotation = 'service.beta.kubernetes.io/load-balancer-source-ranges';
/** The kubelet listens there. */
const kubeletPort = 10250;
const maxAffinitySeconds = 86400;

function isHeadless(spec: ServiceSpec): boolean {
  return spec.clusterIPs?.length === 1 && spec.clusterIPs[0] === 'None';
}

/**
 * Every cause in annotations and spec, in upstream's order. It expects what defaults and `normalizeClusterIPs` fill in.
 * That an address or a node port is free, or in range, is for the allocators to say.
 */
export function validateService(service: Service): FieldError[] {
  const errors: Errors = [];
  const { spec } = service;
  validateTopologyAnnotations(service, errors);
  if (!spec) return errors;
  if (!spec.ports?.length && !isHeadless(spec) && spec.type !== 'ExternalName') errors.push(required('spec.ports'));
  validateForType(spec, errors);
  validatePorts(spec.ports ?? [], errors);
  validateLabels(spec.selector, 'spec.selector', errors);
  validateAffinity(spec, errors);
  validateClusterIPs(spec, errors);
  for (const [index, ip] of (spec.externalIPs ?? []).entries()) {
    const before = errors.length;
    checkIp(ip, `spec.externalIPs[${index}]`, errors);
    if (errors.length === before) checkOrdinaryIp(ip, `spec.externalIPs[${index}]`, errors);
  }
  if (!spec.type) errors.push(required('spec.type'));
  else if (!types.includes(spec.type)) errors.push(unsupported('spec.type', spec.type, types));
  validatePortUse(spec, errors);
  validateSourceRanges(service, errors);
  const allocates = spec.allocateLoadBalancerNodePorts;
  if (allocates !== undefined && spec.type !== 'LoadBalancer')
    errors.push(forbiddenField('spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'"));
  if (allocates === undefined && spec.type === 'LoadBalancer')
    errors.push(required('spec.allocateLoadBalancerNodePorts'));
  validateLoadBalancerClass(spec, errors);
  validateTrafficPolicies(service, errors);
  return errors;
}

/** The older of the two annotations may stay, where it says the same. */
function validateTopologyAnnotations({ metadata: { annotations = {} } }: Service, errors: Errors): void {
  const mode = annotations[topologyModeAnnotation];
  const hints = annotations[topologyHintsAnnotation];
  if (mode === undefined || hints === undefined || mode === hints) return;
  const why = `must match annotations[${topologyHintsAnnotation}] when both are specified`;
  errors.push(invalidValue(`metadata.annotations[${topologyModeAnnotation}]`, mode, why));
}

function validateForType(spec: ServiceSpec, errors: Errors): void {
  if (spec.type === 'LoadBalancer') {
    for (const [index, { port }] of (spec.ports ?? []).entries()) {
      if (port !== kubeletPort) continue;
      const why = `may not expose port ${kubeletPort} externally since it is used by kubelet`;
      errors.push(invalidValue(`spec.ports[${index}]`, port, why));
    }
  }
  if ((spec.type === 'LoadBalancer' || spec.type === 'NodePort') && isHeadless(spec))
    errors.push(invalidValue('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`));
  if (spec.type !== 'ExternalName') return;
  const why = 'may not be set for ExternalName services';
  if (spec.clusterIPs?.length) errors.push(forbiddenField('spec.clusterIPs', why));
  if (spec.ipFamilies?.length) errors.push(forbiddenField('spec.ipFamilies', why));
  if (spec.ipFamilyPolicy !== undefined) errors.push(forbiddenField('spec.ipFamilyPolicy', why));
  // A trailing dot says that the name is complete.
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name) checkSubdomain(name, 'spec.externalName', errors);
  else errors.push(required('spec.externalName'));
}

function validatePorts(ports: readonly ServicePort[], errors: Errors): void {
  const names = new Set<string>();
  for (let i = 0; i < ports.length; i++) {
    const { name, port, protocol, targetPort, appProtocol } = ports[i]!;
    const at = `spec.ports[${i}]`;
    if (name) {
      checkLabel(name, `${at}.name`, errors);
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
    } else if (ports.length > 1) errors.push(required(`${at}.name`));
    checkPort(port ?? 0, `${at}.port`, errors);
    if (!protocol) errors.push(required(`${at}.protocol`));
    else if (!protocols.includes(protocol)) errors.push(unsupported(`${at}.protocol`, protocol, protocols));
    checkPortNumberOrName(targetPort, `${at}.targetPort`, errors);
    if (appProtocol !== undefined) checkQualifiedName(appProtocol, `${at}.appProtocol`, errors);
  }
}

function validatePortUse({ type, ports = [] }: ServiceSpec, errors: Errors): void {
  if (type === 'ClusterIP') {
    for (const [index, { nodePort }] of ports.entries())
      if (nodePort)
        errors.push(forbiddenField(`spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'"));
  }
  if (ports.length < 2) return;
  const nodePorts = new Set<string>();
  for (const [index, { nodePort, protocol }] of ports.entries()) {
    if (!nodePort) continue;
    const key = `${protocol}/${nodePort}`;
    if (nodePorts.has(key)) errors.push(duplicate(`spec.ports[${index}].nodePort`, nodePort));
    nodePorts.add(key);
  }
  const taken = new Set<string>();
  for (const [index, { port, protocol }] of ports.entries()) {
    const key = `${protocol}/${port}`;
    if (taken.has(key)) {
      // As upstream's message shows it: its internal type, with what makes two ports the same.
      const shown = { Name: '', Protocol: protocol, AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
      errors.push(duplicate(`spec.ports[${index}]`, shown));
    }
    taken.add(key);
  }
}

function validateAffinity({ sessionAffinity, sessionAffinityConfig: config }: ServiceSpec, errors: Errors): void {
  const at = 'spec.sessionAffinityConfig';
  if (!sessionAffinity) errors.push(required('spec.sessionAffinity'));
  else if (sessionAffinity === 'ClientIP') {
    const why = 'when session affinity type is ClientIP';
    const seconds = config?.clientIP?.timeoutSeconds;
    if (!config) errors.push(required(at, why));
    else if (!config.clientIP) errors.push(required(`${at}.clientIP`, why));
    else if (seconds === undefined) errors.push(required(`${at}.clientIP.timeoutSeconds`, why));
    else if (seconds <= 0 || seconds > maxAffinitySeconds)
      errors.push(
        invalidValue(
          `${at}.clientIP.timeoutSeconds`,
          seconds,
          `must be greater than 0 and less than ${maxAffinitySeconds}`,
        ),
      );
  } else if (sessionAffinity !== 'None')
    errors.push(unsupported('spec.sessionAffinity', sessionAffinity, ['ClientIP', 'None']));
  else if (config) errors.push(forbiddenField(at, 'must not be set when session affinity is None'));
}

const families = ['IPv4', 'IPv6'];
const familyPolicies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

/** What is wrong with the addresses and families that a service asks for. */
export function validateClusterIPs(spec: ServiceSpec, errors: Errors): void {
  if (spec.type === 'ExternalName') return;
  const { clusterIP, clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const before = errors.length;
  const path = 'spec.clusterIPs';
  if (clusterIP) {
    if (clusterIPs.length === 0) errors.push(required(path));
    else if (clusterIPs[0] !== clusterIP)
      errors.push(invalidValue(path, clusterIPs, 'first value must match `clusterIP`'));
  } else if (clusterIPs.length > 0)
    errors.push(invalidValue(path, clusterIPs, 'must be empty when `clusterIP` is not specified'));
  const seen = new Set<string>();
  for (const [index, family] of ipFamilies.entries()) {
    const at = `spec.ipFamilies[${index}]`;
    if (!families.includes(family)) errors.push(unsupported(at, family, families));
    if (seen.has(family)) errors.push(duplicate(at, family));
    seen.add(family);
  }
  if (ipFamilyPolicy !== undefined && !familyPolicies.includes(ipFamilyPolicy))
    errors.push(unsupported('spec.ipFamilyPolicy', ipFamilyPolicy, familyPolicies));
  const areValid = checkEachClusterIP(clusterIPs, path, errors);
  if (clusterIPs.length > 2) errors.push(invalidValue(path, clusterIPs, 'may only hold up to 2 values'));
  if (!areValid) return;
  if (clusterIPs.length > 1) {
    const kinds = new Set(clusterIPs.map(ipFamilyOf));
    if (kinds.size < 2)
      errors.push(invalidValue(path, clusterIPs, 'may specify no more than one IP for each IP family'));
  }
  if (isHeadless(spec) || errors.length > before) return;
  for (const [index, family] of ipFamilies.entries()) {
    const ip = clusterIPs[index];
    if (ip === undefined || `IPv${ipFamilyOf(ip)}` === family) continue;
    errors.push(
      invalidValue(`${path}[${index}]`, ip, `expected an ${family} value as indicated by \`ipFamilies[${index}]\``),
    );
  }
}

function checkEachClusterIP(clusterIPs: readonly string[], path: string, errors: Errors): boolean {
  let areValid = true;
  for (const [index, ip] of clusterIPs.entries()) {
    if (index === 0 && ip === 'None') {
      if (clusterIPs.length > 1) {
        areValid = false;
        errors.push(invalidValue(path, clusterIPs, "'None' must be the first and only value"));
      }
      continue;
    }
    const messages = whyNoIp(ip);
    if (messages.length > 0) areValid = false;
    addInvalid(messages, `${path}[${index}]`, ip, errors);
  }
  return areValid;
}

function validateSourceRanges({ metadata, spec = {} }: Service, errors: Errors): void {
  const only = "may only be used when `type` is 'LoadBalancer'";
  const annotation = metadata.annotations?.[sourceRangesAnnotation];
  if (spec.loadBalancerSourceRanges?.length) {
    const at = 'spec.LoadBalancerSourceRanges';
    if (spec.type !== 'LoadBalancer') errors.push(forbiddenField(at, only));
    for (const [index, range] of spec.loadBalancerSourceRanges.entries())
      checkCidr(range.trim(), `${at}[${index}]`, errors);
  } else if (annotation !== undefined) {
    const at = `metadata.annotations[${sourceRangesAnnotation}]`;
    if (spec.type !== 'LoadBalancer') errors.push(forbiddenField(at, only));
    if (annotation.trim() === '') return;
    for (const range of annotation.trim().split(',')) checkCidr(range.trim(), at, errors);
  }
}

function validateLoadBalancerClass({ type, loadBalancerClass }: ServiceSpec, errors: Errors): void {
  if (loadBalancerClass === undefined) return;
  if (type === 'LoadBalancer') checkQualifiedName(loadBalancerClass, 'spec.loadBalancerClass', errors);
  else errors.push(forbiddenField('spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'"));
}

const policies = ['Cluster', 'Local'];
const distributions = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];

function validateTrafficPolicies(service: Service, errors: Errors): void {
  const spec = service.spec!;
  const { externalTrafficPolicy: external, internalTrafficPolicy: internal, healthCheckNodePort } = spec;
  if (!isExternallyAccessible(service)) {
    if (external)
      errors.push(
        invalidValue('spec.externalTrafficPolicy', external, 'may only be set for externally-accessible services'),
      );
  } else if (!external) errors.push(required('spec.externalTrafficPolicy'));
  else if (!policies.includes(external)) errors.push(unsupported('spec.externalTrafficPolicy', external, policies));
  if (!needsHealthCheckNodePort(spec)) {
    if (healthCheckNodePort) {
      const why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
      errors.push(invalidValue('spec.healthCheckNodePort', healthCheckNodePort, why));
    }
  } else if (!healthCheckNodePort) errors.push(required('spec.healthCheckNodePort'));
  else checkPort(healthCheckNodePort, 'spec.healthCheckNodePort', errors);
  if (internal === undefined) {
    if (spec.type !== 'ExternalName' && types.includes(spec.type ?? ''))
      errors.push(required('spec.internalTrafficPolicy'));
  } else if (!policies.includes(internal)) errors.push(unsupported('spec.internalTrafficPolicy', internal, policies));
  if (spec.trafficDistribution !== undefined && !distributions.includes(spec.trafficDistribution))
    errors.push(unsupported('spec.trafficDistribution', spec.trafficDistribution, distributions));
}

/**
 * First what may not change (health check port, addresses, families, class of the load balancer), then all that is
 * wrong with the service. An update to or from ExternalName may change addresses and families.
 */
export function validateServiceUpdate(next: Service, old: Service): FieldError[] {
  const errors: Errors = [];
  const spec = next.spec ?? {};
  const before = old.spec ?? {};
  if (
    needsHealthCheckNodePort(spec) &&
    needsHealthCheckNodePort(before) &&
    spec.healthCheckNodePort !== before.healthCheckNodePort
  )
    errors.push(forbiddenField('spec.healthCheckNodePort', immutable));
  checkClusterIPsChange(spec, before, errors);
  checkFamiliesChange(spec, before, errors);
  const areBalanced = spec.type === 'LoadBalancer' && before.type === 'LoadBalancer';
  if (areBalanced && spec.loadBalancerClass !== before.loadBalancerClass)
    errors.push(invalidValue('spec.loadBalancerClass', spec.loadBalancerClass ?? null, unchangeable));
  // Upstream tells twice what is wrong with the class itself: here, and with all the rest.
  validateLoadBalancerClass(spec, errors);
  errors.push(...validateService(next));
  return errors;
}

/** Addresses may be added and taken away at the end; those that stay do not change. */
function checkClusterIPsChange(spec: ServiceSpec, before: ServiceSpec, errors: Errors): void {
  if (spec.type === 'ExternalName' || before.type === 'ExternalName') return;
  if (isHeadless(before) && isHeadless(spec)) return;
  const now = spec.clusterIPs ?? [];
  const then = before.clusterIPs ?? [];
  const path = 'spec.clusterIPs';
  if (now.length === then.length) {
    for (const [index, ip] of then.entries())
      if (ip !== now[index]) errors.push(invalidValue(`${path}[${index}]`, now, unchangeable));
    return;
  }
  if (now.length === 0) errors.push(invalidValue(`${path}[0]`, now, 'primary clusterIP can not be unset'));
  else if (then.length > 0 && now[0] !== then[0]) errors.push(invalidValue(`${path}[0]`, now, unchangeable));
  if (now.length < then.length && now.length === 1) checkReleasesSecondary(spec, 'clusterIP', errors);
}

/** The same for families; upstream's messages name the first one, and in part show the addresses. */
function checkFamiliesChange(spec: ServiceSpec, before: ServiceSpec, errors: Errors): void {
  if (spec.type === 'ExternalName' || before.type === 'ExternalName') return;
  if (isHeadless(before) || isHeadless(spec)) return;
  const now = spec.ipFamilies ?? [];
  const then = before.ipFamilies ?? [];
  const addresses = spec.clusterIPs ?? [];
  const path = 'spec.ipFamilies[0]';
  if (now.length === then.length) {
    for (const [index, family] of then.entries())
      if (family !== now[index]) errors.push(invalidValue(path, now, unchangeable));
    return;
  }
  if (now.length < then.length && addresses.length === 0)
    errors.push(invalidValue(path, now, 'primary ipFamily can not be unset'));
  if (now.length > 0 && then.length > 0 && now[0] !== then[0]) errors.push(invalidValue(path, addresses, unchangeable));
  if (now.length < then.length && now.length === 1) checkReleasesSecondary(spec, 'ipFamily', errors);
}

const unchangeable = 'may not change once set';

function checkReleasesSecondary({ ipFamilyPolicy }: ServiceSpec, what: string, errors: Errors): void {
  if (ipFamilyPolicy === 'SingleStack') return;
  const why = `must be set to 'SingleStack' when releasing the secondary ${what}`;
  errors.push(invalidValue('spec.ipFamilyPolicy', ipFamilyPolicy ?? null, why));
}

/**
 * Only a service of type LoadBalancer has ingress points, and one with an address says its `ipMode`. The spec is not
 * checked again.
 */
export function validateServiceStatusUpdate({ spec, status }: Service): FieldError[] {
  const errors: Errors = [];
  const balancer = status?.loadBalancer;
  if (spec?.type !== 'LoadBalancer') {
    if (balancer?.ingress?.length) {
      const why = "may only be used when `spec.type` is 'LoadBalancer'";
      errors.push(forbiddenField('status.loadBalancer.ingress', why));
    }
  } else validateLoadBalancer(balancer, errors);
  return errors;
}

function validateLoadBalancer(balancer: LoadBalancerStatus | undefined, errors: Errors): void {
  for (const [index, { ip, ipMode, hostname }] of (balancer?.ingress ?? []).entries()) {
    const at = `status.loadBalancer.ingress[${index}]`;
    if (ip) checkIp(ip, `${at}.ip`, errors);
    if (ipMode === undefined) {
      if (ip) errors.push(required(`${at}.ipMode`, 'must be specified when `ip` is set'));
    } else if (!ip) errors.push(forbiddenField(`${at}.ipMode`, 'may not be specified when `ip` is not set'));
    else if (ipMode !== 'Proxy' && ipMode !== 'VIP') errors.push(unsupported(`${at}.ipMode`, ipMode, ['Proxy', 'VIP']));
    validateLoadBalancerHostname(hostname, `${at}.hostname`, errors);
  }
}

/** The name of a load balancer, which is no address. */
export function validateLoadBalancerHostname(hostname: string | undefined, field: string, errors: Errors): void {
  if (!hostname) return;
  checkSubdomain(hostname, field, errors);
  if (ipFamilyOf(hostname) !== 0) errors.push(invalidValue(field, hostname, 'must be a DNS name, not an IP address'));
}
