import {
  addInvalid,
  checkObjectReference,
  checkPort,
  checkSubdomain,
  unsupported,
  type Errors,
} from '../../meta/field-checks.ts';
import { invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import {
  ipFamilyOf,
  isDns1123Label,
  isDns1123Subdomain,
  isValidPortName,
  isWildcardDns1123Subdomain,
} from '../../meta/names.ts';
import type { HTTPIngressPath, Ingress, IngressBackend, IngressSpec } from '../../schema/generated/networking-v1.ts';
import { checkIp } from '../core/ip-validation.ts';
import { validateLoadBalancerHostname } from '../core/service-validation.ts';

const classAnnotation = 'kubernetes.io/ingress.class';
const pathTypes = ['Exact', 'ImplementationSpecific', 'Prefix'];

/** Upstream's `ValidateIngressCreate`: the spec, and that the annotation of the class, where there is one, agrees. */
export function validateIngress(ingress: Ingress): FieldError[] {
  const errors: Errors = [];
  const { spec = {}, metadata } = ingress;
  validateSpec(spec, errors);
  const annotated = metadata.annotations?.[classAnnotation];
  if (annotated !== undefined && spec.ingressClassName !== undefined && annotated !== spec.ingressClassName) {
    const why = 'must match `ingressClassName` when both are specified';
    errors.push(invalidValue(`annotations.${classAnnotation}`, annotated, why));
  }
  return errors;
}

/** Upstream's `ValidateIngressUpdate`: the spec alone; the annotation of the class is not compared again. */
export function validateIngressUpdate({ spec = {} }: Ingress): FieldError[] {
  const errors: Errors = [];
  validateSpec(spec, errors);
  return errors;
}

function validateSpec(spec: IngressSpec, errors: Errors): void {
  const { rules, defaultBackend, tls, ingressClassName } = spec;
  if (!rules?.length && !defaultBackend)
    errors.push(invalidValue('spec', rules ?? null, 'either `defaultBackend` or `rules` must be specified'));
  if (defaultBackend) validateBackend(defaultBackend, 'spec.defaultBackend', errors);
  for (const [index, { host, http }] of (rules ?? []).entries()) {
    const at = `spec.rules[${index}]`;
    if (host) {
      if (ipFamilyOf(host) !== 0)
        errors.push(invalidValue(`${at}.host`, host, 'must be a DNS name, not an IP address'));
      addInvalid(whyNoHost(host), `${at}.host`, host, errors);
    }
    if (!http) continue;
    if (!http.paths?.length) errors.push(required(`${at}.http.paths`));
    for (const [p, path] of (http.paths ?? []).entries()) validatePath(path, `${at}.http.paths[${p}]`, errors);
  }
  for (const [index, { hosts, secretName }] of (tls ?? []).entries()) {
    const at = `spec.tls[${index}]`;
    for (const [h, host] of (hosts ?? []).entries()) addInvalid(whyNoHost(host), `${at}.hosts[${h}]`, host, errors);
    if (secretName) checkSubdomain(secretName, `${at}.secretName`, errors);
  }
  if (ingressClassName !== undefined) checkSubdomain(ingressClassName, 'spec.ingressClassName', errors);
}

function whyNoHost(host: string): string[] {
  return host.includes('*') ? isWildcardDns1123Subdomain(host) : isDns1123Subdomain(host);
}

const forbiddenSequences = ['//', '/./', '/../', '%2f', '%2F'];
const forbiddenEnds = ['/..', '/.'];

function validatePath({ path = '', pathType, backend }: HTTPIngressPath, at: string, errors: Errors): void {
  if (pathType === undefined) {
    errors.push(required(`${at}.pathType`, 'pathType must be specified'));
    return;
  }
  const field = `${at}.path`;
  if (!pathTypes.includes(pathType)) errors.push(unsupported(`${at}.pathType`, pathType, pathTypes));
  else if (pathType === 'ImplementationSpecific') {
    if (path && !path.startsWith('/')) errors.push(invalidValue(field, path, 'must be an absolute path'));
  } else {
    if (!path.startsWith('/')) errors.push(invalidValue(field, path, 'must be an absolute path'));
    for (const sequence of forbiddenSequences)
      if (path.includes(sequence)) errors.push(invalidValue(field, path, `must not contain '${sequence}'`));
    for (const end of forbiddenEnds)
      if (path.endsWith(end)) errors.push(invalidValue(field, path, `cannot end with '${end}'`));
  }
  validateBackend(backend, `${at}.backend`, errors);
}

function validateBackend({ service, resource }: IngressBackend, path: string, errors: Errors): void {
  if (service && resource) errors.push(invalidValue(path, '', 'cannot set both resource and service backends'));
  else if (resource) checkObjectReference(resource, `${path}.resource`, errors);
  else if (service) {
    const { name, port } = service;
    if (!name) errors.push(required(`${path}.service.name`));
    else addInvalid(isDns1123Label(name), `${path}.service.name`, name, errors);
    if (port?.name && port.number) errors.push(invalidValue(path, '', 'cannot set both port name & port number'));
    else if (port?.name) addInvalid(isValidPortName(port.name), `${path}.service.port.name`, port.name, errors);
    else if (port?.number) checkPort(port.number, `${path}.service.port.number`, errors);
    else errors.push(required(path, 'port name or number is required'));
  } else errors.push(invalidValue(path, '', 'resource or service backend is required'));
}

/** Upstream's `ValidateIngressStatusUpdate`: addresses and host names of load balancers, as far as they are given. */
export function validateIngressStatusUpdate({ status }: Ingress): FieldError[] {
  const errors: Errors = [];
  for (const [index, { ip, hostname }] of (status?.loadBalancer?.ingress ?? []).entries()) {
    const at = `status.loadBalancer.ingress[${index}]`;
    if (ip) checkIp(ip, `${at}.ip`, errors);
    validateLoadBalancerHostname(hostname, `${at}.hostname`, errors);
  }
  return errors;
}
