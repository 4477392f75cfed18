import { duplicate, invalidValue, notSupported, required, type FieldError } from '../../api/meta/field-error.ts';
import { ipFamilyOf, isValidIp } from '../../api/meta/names.ts';
import type { ServiceSpec } from '../../api/schema/generated/core-v1.ts';
import { familyOf, type IPFamily } from './ip-range.ts';

const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack'] as const;
const families: readonly string[] = ['IPv4', 'IPv6'];

export const headless = 'None';

/** What is wrong with the addresses and families that a client asks for, before any is given out. */
export function validateClusterIPs(spec: ServiceSpec): FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const { clusterIP = '', clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const path = 'spec.clusterIPs';
  const errors: FieldError[] = [];
  if (clusterIP && clusterIPs.length === 0) errors.push(required(path));
  else if (clusterIP && clusterIPs[0] !== clusterIP)
    errors.push(invalidValue(path, clusterIPs, 'first value must match `clusterIP`'));
  else if (!clusterIP && clusterIPs.length)
    errors.push(invalidValue(path, clusterIPs, 'must be empty when `clusterIP` is not specified'));
  ipFamilies.forEach((family, index) => {
    const at = `spec.ipFamilies[${index}]`;
    if (!families.includes(family)) errors.push(notSupported(at, family, families));
    if (ipFamilies.indexOf(family) < index) errors.push(duplicate(at, family));
  });
  if (ipFamilyPolicy !== undefined && !(policies as readonly string[]).includes(ipFamilyPolicy))
    errors.push(notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, policies));
  const addressErrors = validateAddresses(clusterIPs);
  errors.push(...addressErrors);
  if (clusterIPs.length > 2) errors.push(invalidValue(path, clusterIPs, 'may only hold up to 2 values'));
  if (addressErrors.length) return errors;
  if (clusterIPs.length > 1 && new Set(clusterIPs.map(ipFamilyOf)).size < clusterIPs.length)
    errors.push(invalidValue(path, clusterIPs, 'may specify no more than one IP for each IP family'));
  if (clusterIPs[0] !== headless)
    clusterIPs.slice(0, ipFamilies.length).forEach((address, index) => {
      const wanted = ipFamilies[index]!;
      if (families.includes(wanted) && familyOf(address) !== wanted)
        errors.push(
          invalidValue(
            `${path}[${index}]`,
            address,
            `expected an ${wanted} value as indicated by \`ipFamilies[${index}]\``,
          ),
        );
    });
  return errors;
}

function validateAddresses(clusterIPs: readonly string[]): FieldError[] {
  const path = 'spec.clusterIPs';
  return clusterIPs.flatMap((address, index) => {
    if (index === 0 && address === headless)
      return clusterIPs.length > 1 ? [invalidValue(path, clusterIPs, "'None' must be the first and only value")] : [];
    if (/^0\d|\.0\d/.test(address) && ipFamilyOf(address.replace(/(^|\.)0+(?=\d)/g, '$1')) === 4)
      return [invalidValue(`${path}[${index}]`, address, 'must not have leading 0s')];
    return isValidIp(address).map((why) => invalidValue(`${path}[${index}]`, address, why));
  });
}

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
  if (spec.type === 'ExternalName') return [];
  if (old && old.type !== 'ExternalName') keepFamilies(spec, old);
  const errors = validateClusterIPs(spec);
  if (errors.length) return errors;
  const addresses = spec.clusterIPs ?? [];
  const isHeadless = addresses[0] === headless;
  if (!isHeadless)
    for (const [index, address] of addresses.entries()) {
      const family = familyOf(address);
      const known = (spec.ipFamilies ??= []);
      if (index < known.length) continue;
      if (configured.includes(family)) known.push(family);
      else
        errors.push(
          invalidValue(`spec.clusterIPs[${index}]`, addresses, `${family} is not configured on this cluster`),
        );
    }
  if (errors.length) return errors;
  if (isHeadless && !Object.keys(spec.selector ?? {}).length) {
    fillSelectorless(spec, configured);
    return [];
  }
  spec.ipFamilyPolicy ??= 'SingleStack';
  return fillConfigured(spec, configured);
}

/** Endpoints that somebody else keeps may be of any family, whatever the cluster has. */
function fillSelectorless(spec: ServiceSpec, configured: readonly IPFamily[]): void {
  spec.ipFamilyPolicy ??= 'RequireDualStack';
  if (spec.ipFamilies?.length) return;
  const [first = 'IPv4'] = configured;
  spec.ipFamilies = spec.ipFamilyPolicy === 'SingleStack' ? [first] : [first, first === 'IPv4' ? 'IPv6' : 'IPv4'];
}

function fillConfigured(spec: ServiceSpec, configured: readonly IPFamily[]): FieldError[] {
  const policyPath = 'spec.ipFamilyPolicy';
  const policy = spec.ipFamilyPolicy!;
  if (policy === 'SingleStack') {
    const must = "must be 'RequireDualStack' or 'PreferDualStack' when multiple";
    if ((spec.clusterIPs?.length ?? 0) > 1)
      return [invalidValue(policyPath, policy, `${must} cluster IPs are specified`)];
    if ((spec.ipFamilies?.length ?? 0) > 1)
      return [invalidValue(policyPath, policy, `${must} IP families are specified`)];
  }
  const errors: FieldError[] = [];
  if (policy === 'RequireDualStack' && configured.length < 2)
    errors.push(invalidValue(policyPath, policy, 'this cluster is not configured for dual-stack services'));
  spec.ipFamilies?.forEach((family, index) => {
    if (!(configured as readonly string[]).includes(family))
      errors.push(invalidValue(`spec.ipFamilies[${index}]`, family, 'not configured on this cluster'));
  });
  if (errors.length) return errors;
  if (!spec.ipFamilies?.length) spec.ipFamilies = [configured[0]!];
  const [first] = spec.ipFamilies;
  if (policy !== 'SingleStack' && spec.ipFamilies.length === 1 && configured.length === 2)
    spec.ipFamilies = [first!, configured.find((family) => family !== first)!];
  return [];
}

/** An update that says nothing keeps them; one that goes back to a single stack drops the second. */
function keepFamilies(spec: ServiceSpec, old: ServiceSpec): void {
  const saidPolicy = spec.ipFamilyPolicy;
  spec.ipFamilyPolicy ??= old.ipFamilyPolicy;
  if (!spec.ipFamilies?.length) spec.ipFamilies = old.ipFamilies ? [...old.ipFamilies] : undefined;
  if (saidPolicy !== 'SingleStack' || (old.ipFamilies?.length ?? 0) < 2) return;
  if (spec.clusterIPs?.length === 2 && spec.clusterIPs[1] === old.clusterIPs?.[1])
    spec.clusterIPs = [spec.clusterIPs[0]!];
  if (spec.ipFamilies?.length === 2 && spec.ipFamilies[1] === old.ipFamilies?.[1])
    spec.ipFamilies = [spec.ipFamilies[0]!];
}
