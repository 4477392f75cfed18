import { addInvalid, checkQualifiedName, unsupported, type Errors } from '../../meta/field-checks.ts';
import { duplicate, FieldError, forbiddenField, internal, invalidValue, required } from '../../meta/field-error.ts';
import { isValidLabelValue } from '../../meta/names.ts';
import type { Node, NodeStatus, Taint } from '../../schema/generated/core-v1.ts';
import { taintEffects } from './affinity-validation.ts';
import { checkCidr, cidrFamilyOf } from './ip-validation.ts';
import { validateResourceQuantity } from './resource-validation.ts';

/**
 * All that is wrong with a new node: its taints, the quantities in its status, and `podCIDRs`, one range of each IP
 * family at most.
 */
export function validateNode({ spec = {}, status = {} }: Node): FieldError[] {
  const errors: Errors = [];
  validateTaints(spec.taints, errors);
  validateResources(status, errors);
  const cidrs = spec.podCIDRs ?? [];
  for (const [index, cidr] of cidrs.entries()) checkCidr(cidr, `spec.podCIDRs[${index}]`, errors);
  if (cidrs.length > 1) checkFamilies(cidrs, errors);
  return errors;
}

/** One range of each family at most. */
function checkFamilies(cidrs: readonly string[], errors: Errors): void {
  const path = 'spec.podCIDRs';
  const unknown = cidrs.findIndex((cidr) => cidrFamilyOf(cidr) === 0);
  if (unknown >= 0) {
    const why = `invalid CIDR[${unknown}]: ${cidrs[unknown]} (invalid CIDR address: ${cidrs[unknown]})`;
    errors.push(internal(path, `invalid PodCIDRs. failed to check with dual stack with error:${why}`));
  }
  const families = new Set(cidrs.map(cidrFamilyOf));
  if (unknown >= 0 || families.size < 2 || cidrs.length > 2)
    errors.push(invalidValue(path, cidrs, 'may specify no more than one CIDR for each IP family'));
  for (const [index, cidr] of cidrs.entries())
    if (cidrs.indexOf(cidr) < index) errors.push(duplicate(`${path}[${index}]`, cidr));
}

function validateResources(status: NodeStatus, errors: Errors): void {
  for (const list of ['capacity', 'allocatable'] as const) {
    for (const [name, quantity] of Object.entries(status[list] ?? {}))
      validateResourceQuantity(name, quantity, `status.${list}.${name}`, errors);
  }
}

/** Upstream's messages place the taints under the metadata, where they were once. */
function validateTaints(taints: readonly Taint[] | undefined, errors: Errors): void {
  const seen = new Set<string>();
  for (const [index, taint] of (taints ?? []).entries()) {
    const { key = '', value = '', effect = '' } = taint;
    const at = `metadata.taints[${index}]`;
    checkQualifiedName(key, `${at}.key`, errors);
    const messages = isValidLabelValue(value);
    if (messages.length > 0) addInvalid([messages.join(';')], `${at}.value`, value, errors);
    if (!effect) errors.push(required(`${at}.effect`));
    else if (!taintEffects.includes(effect)) errors.push(unsupported(`${at}.effect`, effect, taintEffects));
    const pair = `${key}:${effect}`;
    if (seen.has(pair)) {
      const shown = { Key: key, Value: value, Effect: effect, TimeAdded: taint.timeAdded ?? null };
      errors.push(new FieldError('FieldValueDuplicate', at, shown, 'taints must be unique by key and effect pair'));
    }
    seen.add(pair);
  }
}

/**
 * What an update of a node or of its status may not say. Once set, `podCIDRs` and `providerID` stay; what `podCIDRs`
 * are first set to is not checked. No address of the status comes twice.
 */
export function validateNodeUpdate(next: Node, old: Node): FieldError[] {
  const errors: Errors = [];
  validateResources(next.status ?? {}, errors);
  const seen = new Set<string>();
  for (const [index, { type, address }] of (next.status?.addresses ?? []).entries()) {
    const key = `${type}/${address}`;
    if (seen.has(key)) errors.push(duplicate(`status.addresses[${index}]`, { Type: type, Address: address }));
    seen.add(key);
  }
  const cidrs = next.spec?.podCIDRs ?? [];
  const before = old.spec?.podCIDRs ?? [];
  if (before.length > 0 && (cidrs.length !== before.length || before.some((cidr, index) => cidr !== cidrs[index])))
    errors.push(forbiddenField('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  const providerID = old.spec?.providerID;
  if (providerID && providerID !== next.spec?.providerID)
    errors.push(forbiddenField('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  validateTaints(next.spec?.taints, errors);
  if ((next.spec?.externalID ?? '') !== (old.spec?.externalID ?? ''))
    errors.push(forbiddenField('spec.externalID', 'may not be updated'));
  return errors;
}
