import { invalidValue, type FieldError } from '../../api/meta/field-error.ts';
import { validateClusterIPs } from '../../api/resources/core/service-validation.ts';
import { needsClusterIP } from '../../api/resources/core/service-strategy.ts';
import type { ServiceSpec } from '../../api/schema/generated/core-v1.ts';
import { familyOf, type IPFamily } from './ip-range.ts';

export const headless = 'None';

const policyPath = 'spec.ipFamilyPolicy';

/**
 * Fills in `ipFamilies` and `ipFamilyPolicy` from what the client said and what the cluster has; changes `spec`.
 *
 * @param configured the families services can have, the default one first
 * @param old what the service was, where it had addresses before
 */
export function fillIPFamilies(
  spec: ServiceSpec,
  configured: readonly IPFamily[],
  old: ServiceSpec | undefined,
): FieldError[] {
  if (spec.type === 'ExternalName' || (old && staysPreferred(spec, old))) return [];
  const isSelectorless = spec.clusterIP === headless && !Object.keys(spec.selector ?? {}).length;
  spec.ipFamilyPolicy ??= old?.ipFamilyPolicy ?? (isSelectorless ? 'RequireDualStack' : 'SingleStack');
  const errors: FieldError[] = [];
  validateClusterIPs(spec, errors);
  if (errors.length) return errors;
  if (old) releaseSecond(spec, old, errors);
  checkSingleStack(spec, errors);
  inferFamilies(spec, configured, errors);
  if (errors.length) return errors;
  if (!isSelectorless) return fillConfigured(spec, configured);
  // Endpoints that somebody else keeps may be of any family, whatever the cluster has.
  spec.ipFamilies = spec.ipFamilies?.length ? spec.ipFamilies : [configured[0]!];
  if (spec.ipFamilyPolicy !== 'SingleStack') addSecond(spec);
  return [];
}

/** Services that would rather have two families get no second one, and lose none, because the cluster changed. */
function staysPreferred(spec: ServiceSpec, old: ServiceSpec): boolean {
  return (
    spec.ipFamilyPolicy === 'PreferDualStack' &&
    (old.ipFamilyPolicy ?? 'PreferDualStack') === 'PreferDualStack' &&
    old.type === spec.type &&
    needsClusterIP(spec) &&
    isSame(old.clusterIPs, spec.clusterIPs) &&
    isSame(old.ipFamilies, spec.ipFamilies)
  );
}

function isSame(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((each, index) => each === b[index]);
}

/** An update that goes back to a single stack drops the second address and family; no other may. */
function releaseSecond(spec: ServiceSpec, old: ServiceSpec, errors: FieldError[]): void {
  for (const [field, what] of [
    ['clusterIPs', 'cluster IP'],
    ['ipFamilies', 'IP family'],
  ] as const) {
    const now = spec[field] ?? [];
    const then = old[field] ?? [];
    if (spec.ipFamilyPolicy === 'SingleStack') {
      if (now.length > 1 && isSame(now, then)) spec[field] = now.slice(0, 1);
    } else if (now.length > 0 && now.length < then.length)
      errors.push(
        invalidValue(policyPath, spec.ipFamilyPolicy, `must be 'SingleStack' to release the secondary ${what}`),
      );
  }
}

function checkSingleStack({ ipFamilyPolicy, clusterIPs, ipFamilies }: ServiceSpec, errors: FieldError[]): void {
  if (ipFamilyPolicy !== 'SingleStack') return;
  const must = "must be 'RequireDualStack' or 'PreferDualStack' when multiple";
  if (clusterIPs?.length === 2)
    errors.push(invalidValue(policyPath, ipFamilyPolicy, `${must} cluster IPs are specified`));
  if (ipFamilies?.length === 2)
    errors.push(invalidValue(policyPath, ipFamilyPolicy, `${must} IP families are specified`));
}

function inferFamilies(spec: ServiceSpec, configured: readonly IPFamily[], errors: FieldError[]): void {
  const addresses = spec.clusterIPs ?? [];
  if (addresses[0] === headless) return;
  for (const [index, address] of addresses.entries()) {
    const family = familyOf(address);
    const known = (spec.ipFamilies ??= []);
    if (index < known.length) continue;
    if (configured.includes(family)) known.push(family);
    else
      errors.push(invalidValue(`spec.clusterIPs[${index}]`, addresses, `${family} is not configured on this cluster`));
  }
}

function fillConfigured(spec: ServiceSpec, configured: readonly IPFamily[]): FieldError[] {
  const policy = spec.ipFamilyPolicy!;
  const errors: FieldError[] = [];
  if (policy === 'RequireDualStack' && configured.length < 2)
    errors.push(invalidValue(policyPath, policy, 'this cluster is not configured for dual-stack services'));
  spec.ipFamilies?.forEach((family, index) => {
    if (!(configured as readonly string[]).includes(family))
      errors.push(invalidValue(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster'));
  });
  if (errors.length) return errors;
  if (!spec.ipFamilies?.length) spec.ipFamilies = [configured[0]!];
  if (policy !== 'SingleStack' && configured.length === 2) addSecond(spec);
  return [];
}

/** Adds the other family where there is one alone. */
function addSecond(spec: ServiceSpec): void {
  const [first, second] = spec.ipFamilies ?? [];
  if (first && !second) spec.ipFamilies = [first, first === 'IPv4' ? 'IPv6' : 'IPv4'];
}
