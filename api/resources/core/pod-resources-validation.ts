import { unsupported, type Errors } from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue } from '../../meta/field-error.ts';
import { compareQuantities } from '../../meta/quantity.ts';
import type { PodSpec } from '../../schema/generated/core-v1.ts';
import { aggregateResources, isPodLevelResource } from './pod-resources.ts';
import { isHugePagesResource } from './resource-names.ts';
import {
  validateHugePages,
  validateRequestAgainstLimit,
  validateResourceName,
  validateResourceQuantity,
} from './resource-validation.ts';

const podLevelResources = ['cpu', 'hugepages-', 'memory'];

/** Resources that a pod asks for as a whole: they must leave room for what its containers ask for. */
export function validatePodLevelResources(spec: PodSpec, path: string, errors: Errors): void {
  const { limits, requests, claims } = spec.resources ?? {};
  if (spec.os?.name === 'windows') {
    errors.push(forbiddenField(path, 'may not be set for a windows pod'));
    return;
  }
  if (claims?.length) errors.push(forbiddenField(`${path}.claims`, 'claims cannot be set for Resources at pod-level'));
  let hasHugePages = false;
  let hasCpuOrMemory = false;
  for (const [side, list] of [
    ['limits', limits],
    ['requests', requests],
  ] as const) {
    for (const name in list) {
      const quantity = list[name]!;
      const at = `${path}.${side}[${name}]`;
      if (validateResourceName(name, at, errors) && !isPodLevelResource(name))
        errors.push(unsupported(at, name, podLevelResources));
      validateResourceQuantity(name, quantity, at, errors);
      if (side === 'requests') validateRequestAgainstLimit(name, quantity, limits?.[name], path, errors);
      if (isHugePagesResource(name)) {
        hasHugePages = true;
        validateHugePages(name, quantity, at, errors);
      } else if (name === 'cpu' || name === 'memory') hasCpuOrMemory = true;
    }
  }
  if (hasHugePages && !hasCpuOrMemory) errors.push(forbiddenField(path, 'HugePages require cpu or memory'));
  checkContainersFit(spec, path, errors);
}

function checkContainersFit(spec: PodSpec, path: string, errors: Errors): void {
  const { limits, requests } = spec.resources ?? {};
  for (const [name, sum] of Object.entries(aggregateResources(spec, 'requests'))) {
    const own = requests?.[name];
    if (own === undefined || compareQuantities(sum, own) <= 0) continue;
    const why = `must be greater than or equal to aggregate container requests of ${sum}`;
    errors.push(invalidValue(`${path}.requests[${name}]`, own, why));
  }
  for (const [name, sum] of Object.entries(aggregateResources(spec, 'limits'))) {
    const own = limits?.[name];
    if (!isHugePagesResource(name) || own === undefined || compareQuantities(sum, own) <= 0) continue;
    const why = `must be greater than or equal to aggregate container limits of ${sum}`;
    errors.push(invalidValue(`${path}.limits[${name}]`, own, why));
  }
  for (const [index, { resources }] of spec.containers.entries()) {
    for (const [name, limit] of Object.entries(resources?.limits ?? {})) {
      const own = limits?.[name];
      if (own === undefined || compareQuantities(limit, own) <= 0) continue;
      const field = `${path}.containers[${index}][${name}].limits`;
      errors.push(invalidValue(field, limit, `must be less than or equal to pod limits of ${own}`));
    }
  }
}
