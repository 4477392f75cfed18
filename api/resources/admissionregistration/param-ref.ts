import { formatLabelSelector } from '../../meta/label-selector.ts';
import { unset } from '../../meta/printers.ts';
import type { ParamRef } from '../../schema/generated/admissionregistration-v1.ts';

/** Which parameters a policy binding names; `*` stands for the namespace of the request. */
export function formatParamRef(reference: ParamRef | undefined): string {
  if (!reference) return unset;
  if (reference.name) return `${reference.namespace || '*'}/${reference.name}`;
  return reference.selector ? formatLabelSelector(reference.selector) : unset;
}
