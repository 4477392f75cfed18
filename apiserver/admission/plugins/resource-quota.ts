import { resourceQuotas } from '../../../api/resources/core/resource-quota.ts';
import type { AdmissionDeps, AdmissionPlugin } from '../admission.ts';
import { evaluatorOf } from '../quota/evaluators.ts';
import { createQuotaLedger } from '../quota/quota-ledger.ts';

/** Charges what a write uses to the quotas of its namespace. Comes last: it must see the final object. */
export function createResourceQuota(deps: AdmissionDeps): AdmissionPlugin {
  const ledger = createQuotaLedger(deps);
  return {
    name: 'ResourceQuota',
    handles: ({ operation, row, subresource }) => {
      const evaluator = evaluatorOf(row);
      if (!evaluator) return false;
      if (operation === 'CREATE') return subresource === '';
      return operation === 'UPDATE' && !!evaluator.handlesUpdate && (subresource === '' || subresource === 'resize');
    },
    validate: (request) => {
      if (!deps.cache.list(resourceQuotas, request.namespace).length) return undefined;
      const evaluator = evaluatorOf(request.row)!;
      if (request.operation === 'UPDATE' && !evaluator.handlesUpdate!(request)) return undefined;
      return ledger.charge(request, evaluator);
    },
  };
}
