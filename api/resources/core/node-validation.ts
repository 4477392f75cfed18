import { addInvalid, checkQualifiedName, unsupported, type Errors } from '../../meta/field-checks.ts';
import { duplicate, FieldError, forbiddenField, invalidValue, required } from '../../meta/field-error.ts';
import { ipFamilyOf, isValidLabelValue } from '../../meta/names.ts';
import type { Node, Taint } from '../../schema/generated/core-v1.ts';
import { taintEffects } from './affinity-validation.ts';
import { checkCidr } from './ip-validation.ts';
import { validateResourceQuantity } from './resource-validation.ts';

export function validateNode({ spec = {}, status = {} }: Node): FieldError[] {
  const errors: Errors = [];
  validateTaints(spec.taints, errors);
  for (const list of ['capacity', 'allocatable'] as const) {
    for (const [name, quantity] of Object.entries(status[list] ?? {}))
      validateResourceQuantity(name, quantity, `status.${list}[${name}]`, errors);
  }
  const cidrs = spec.podCIDRs ?? [];
  for (const [index, cidr] of cidrs.entries()) checkCidr(cidr, `spec.podCIDRs[${index}]`, errors);
  if (cidrs.length > 1) {
    const families = new Set(cidrs.map((cidr) => ipFamilyOf(cidr.split('/')[0]!)));
    if (families.size < 2 || cidrs.length > 2)
      errors.push(invalidValue('spec.podCIDRs', cidrs, 'may specify no more than one CIDR for each IP family'));
  }
  return errors;
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

export function validateNodeUpdate(next: Node, old: Node): FieldError[] {
  const errors: Errors = [];
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
  return errors;
}
