import type { LimitRange, LimitRangeItem, LimitRangeSpec } from '../../schema/generated/core-v1.ts';
import { defaultColumns } from '../columns.ts';
import { roundResourceList } from './resource-list-defaults.ts';
import { validateLimitRange } from './limit-range-validation.ts';
import { nullEmptyLists } from '../strategy.ts';
import { defineResource, type WriteContext } from '../define-resource.ts';

export const limitRanges = defineResource<LimitRange>({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  shortNames: ['limits'],
  scope: 'Namespaced',
  typeName: 'io.k8s.api.core.v1.LimitRange',
  storagePrefix: 'limitranges',
  metadataRules: { checkedOnce: true },
  storageVersionHash: 'EBKMFVe6cwo=',
  allowCreateOnUpdate: true,
  setDefaults: setLimitRangeDefaults,
  prepareForCreate: prepareLimitRange,
  prepareForUpdate: (next) => nullEmptyLists(next.spec, 'limits'),
  validate: validateLimitRange,
  columns: defaultColumns,
});

function setLimitRangeDefaults(range: LimitRange): void {
  const spec = (range.spec ??= {} as LimitRangeSpec);
  for (const item of spec.limits ?? []) setLimitDefaults(item);
}

/** A container's limit defaults to the maximum; its request to the limit, or else to the minimum. */
function setLimitDefaults(item: LimitRangeItem): void {
  for (const list of [item.max, item.min, item.default, item.defaultRequest, item.maxLimitRequestRatio])
    roundResourceList(list);
  if (item.type !== 'Container') return;
  const limits = { ...item.max, ...item.default };
  const requests = { ...item.min, ...limits, ...item.defaultRequest };
  if (Object.keys(limits).length > 0) item.default = limits;
  if (Object.keys(requests).length > 0) item.defaultRequest = requests;
}

/** Who gives no name gets one. */
function prepareLimitRange({ metadata, spec }: LimitRange, context?: WriteContext): void {
  metadata.name ||= context?.newUid?.();
  nullEmptyLists(spec, 'limits');
}
