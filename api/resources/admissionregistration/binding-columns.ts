import { formatLabelSelector } from '../../meta/label-selector.ts';
import { unset } from '../../meta/printers.ts';
import type {
  MutatingAdmissionPolicyBinding,
  ParamRef,
  ValidatingAdmissionPolicyBinding,
} from '../../schema/generated/admissionregistration-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import type { Column } from '../define-resource.ts';

/** Of bindings of both kinds of policies. */
export const bindingColumns: readonly Column<MutatingAdmissionPolicyBinding | ValidatingAdmissionPolicyBinding>[] = [
  nameColumn,
  {
    name: 'PolicyName',
    type: 'string',
    description: 'PolicyName indicates the policy definition which the policy binding binded to',
    cell: (binding) => binding.spec?.policyName ?? '',
  },
  {
    name: 'ParamRef',
    type: 'string',
    description: 'ParamRef indicates the param resource which sets the configuration param',
    cell: (binding) => formatParamRef(binding.spec?.paramRef),
  },
  ageColumn,
];

/** Which parameters a policy binding names; `*` stands for the namespace of the request. */
function formatParamRef(reference: ParamRef | undefined): string {
  if (!reference) return unset;
  if (reference.name) return `${reference.namespace || '*'}/${reference.name}`;
  return reference.selector ? formatLabelSelector(reference.selector) : unset;
}
