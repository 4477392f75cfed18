import { addInvalid, type Errors } from '../../meta/field-checks.ts';
import { duplicate, forbiddenField, invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import { isQualifiedName } from '../../meta/names.ts';
import { compareQuantities, quantityToNumber } from '../../meta/quantity.ts';
import type { LimitRange, LimitRangeItem } from '../../schema/generated/core-v1.ts';
import { isOvercommitAllowed } from './resource-names.ts';
import { validateContainerResourceName, validateResourceName } from './resource-validation.ts';

const types = ['Pod', 'Container', 'PersistentVolumeClaim'];

/**
 * Every cause: one item a type, and for each resource minimum ≤ default request ≤ default limit ≤ maximum, as far as
 * they are given. A PersistentVolumeClaim's item must bound its storage; a Pod's has no defaults.
 */
export function validateLimitRange({ spec }: LimitRange): FieldError[] {
  const errors: Errors = [];
  const seen = new Set<string>();
  for (const [index, item] of (spec?.limits ?? []).entries()) {
    const { type = '' } = item;
    const at = `spec.limits[${index}]`;
    const messages = isQualifiedName(type);
    addInvalid(messages, `${at}.type`, type, errors);
    if (messages.length === 0 && !type.includes('/') && !types.includes(type))
      errors.push(invalidValue(`${at}.type`, type, 'must be a standard limit type or fully qualified'));
    if (seen.has(type)) errors.push(duplicate(`${at}.type`, type));
    seen.add(type);
    validateItem(item, at, errors);
  }
  return errors;
}

type Lists = Pick<LimitRangeItem, 'max' | 'min' | 'default' | 'defaultRequest' | 'maxLimitRequestRatio'>;

function validateItem(item: LimitRangeItem, path: string, errors: Errors): void {
  const names = new Set<string>();
  const validateNames = (list: keyof Lists): void => {
    for (const name in item[list]) {
      const at = `${path}.${list}[${name}]`;
      if (item.type === 'Pod' || item.type === 'Container') validateContainerResourceName(name, at, errors);
      else validateResourceName(name, at, errors);
      names.add(name);
    }
  };
  validateNames('max');
  validateNames('min');
  const { default: limits, defaultRequest: requests } = item;
  if (item.type === 'Pod') {
    const why = "may not be specified when `type` is 'Pod'";
    if (Object.keys(limits ?? {}).length > 0) errors.push(forbiddenField(`${path}.default`, why));
    if (Object.keys(requests ?? {}).length > 0) errors.push(forbiddenField(`${path}.defaultRequest`, why));
  } else {
    validateNames('default');
    validateNames('defaultRequest');
  }
  if (item.type === 'PersistentVolumeClaim' && !item.min?.['storage'] && !item.max?.['storage']) {
    const why = 'either minimum or maximum storage value is required, but neither was provided';
    errors.push(required(`${path}.limits`, why));
  }
  validateNames('maxLimitRequestRatio');
  for (const name of names) compareLists(name, item, path, errors);
}

function compareLists(name: string, item: LimitRangeItem, path: string, errors: Errors): void {
  const max = item.max?.[name];
  const min = item.min?.[name];
  const limit = item.type === 'Pod' ? undefined : item.default?.[name];
  const request = item.type === 'Pod' ? undefined : item.defaultRequest?.[name];
  const ratio = item.maxLimitRequestRatio?.[name];
  const exceeds = (a: string | undefined, b: string | undefined): boolean =>
    a !== undefined && b !== undefined && compareQuantities(a, b) > 0;
  const complain = (list: string, value: string, why: string): unknown =>
    errors.push(invalidValue(`${path}.${list}[${name}]`, value, why));
  if (exceeds(min, max)) complain('min', min!, `min value ${min} is greater than max value ${max}`);
  if (exceeds(min, request))
    complain('defaultRequest', request!, `min value ${min} is greater than default request value ${request}`);
  if (exceeds(request, max))
    complain('defaultRequest', request!, `default request value ${request} is greater than max value ${max}`);
  if (exceeds(request, limit))
    complain(
      'defaultRequest',
      request!,
      `default request value ${request} is greater than default limit value ${limit}`,
    );
  if (exceeds(min, limit)) complain('default', min!, `min value ${min} is greater than default value ${limit}`);
  if (exceeds(limit, max)) complain('default', max!, `default value ${limit} is greater than max value ${max}`);
  if (ratio !== undefined && exceeds('1', ratio))
    complain('maxLimitRequestRatio', ratio, `ratio ${ratio} is less than 1`);
  if (ratio !== undefined && min !== undefined && max !== undefined) {
    const most = quantityToNumber(max) / quantityToNumber(min);
    if (quantityToNumber(ratio) > most)
      complain('maxLimitRequestRatio', ratio, `ratio ${ratio} is greater than max/min = ${most.toFixed(6)}`);
  }
  if (
    !isOvercommitAllowed(name) &&
    limit !== undefined &&
    request !== undefined &&
    compareQuantities(limit, request) !== 0
  )
    complain(
      'defaultRequest',
      request,
      `default value ${limit} must equal to defaultRequest value ${request} in ${name}`,
    );
}
