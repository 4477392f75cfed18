import { semanticEqual } from '../../meta/equality.ts';
import { unsupported, type Errors } from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import type {
  ExemptPriorityLevelConfiguration,
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
  QueuingConfiguration,
} from '../../schema/generated/flowcontrol-v1.ts';
import { internalPriorityLevelSpec } from './internal-spec.ts';

const maxQueues = 10_000_000;
/** A hand is dealt from one hash; it has this many bits to give. */
const maxEntropyBits = 60;

/**
 * Upstream's `ValidatePriorityLevelConfiguration`, after defaults. Only `exempt` is of type Exempt; it and `catch-all`
 * must keep the specs that every server has, but for `spec.exempt` of the former.
 */
export function validatePriorityLevel({ metadata, spec }: PriorityLevelConfiguration): FieldError[] {
  const errors: Errors = [];
  if (!spec) return errors;
  const { type, limited, exempt } = spec;
  if (type && (metadata.name === 'exempt') !== (type === 'Exempt'))
    errors.push(invalidValue('spec.type', type, "must be 'Exempt' if and only if `name` is 'exempt'"));
  switch (type) {
    case 'Exempt':
      if (limited) errors.push(forbiddenField('spec.limited', 'must be nil if the type is not Limited'));
      if (exempt) validateShares(exempt, 'spec.exempt', errors);
      else if (metadata.name === 'exempt')
        errors.push(required('spec.exempt', 'must not be empty when type is Exempt'));
      break;
    case 'Limited':
      if (exempt) errors.push(forbiddenField('spec.exempt', 'must be nil if the type is Limited'));
      if (limited) validateLimited(limited, 'spec.limited', errors);
      else errors.push(required('spec.limited', 'must not be empty when type is Limited'));
      break;
    default:
      if (!type) errors.push(required('spec.type'));
      else errors.push(unsupported('spec.type', type, ['Exempt', 'Limited']));
  }
  checkMandatory(metadata.name, spec, errors);
  return errors;
}

/** What must always be there stays as it is, but for how much of the whole the exempt may take. */
function checkMandatory(
  name: string | undefined,
  spec: NonNullable<PriorityLevelConfiguration['spec']>,
  errors: Errors,
): void {
  const shown = internalPriorityLevelSpec(spec);
  if (name === 'exempt' && (spec.type !== 'Exempt' || spec.limited)) {
    const why = "spec of 'exempt' except the 'spec.exempt' field must equal the fixed value";
    errors.push(invalidValue('spec', shown, why));
  }
  if (name !== 'catch-all') return;
  const fixed = {
    type: 'Limited',
    limited: { nominalConcurrencyShares: 5, limitResponse: { type: 'Reject' }, lendablePercent: 0 },
  };
  if (!semanticEqual(spec, fixed))
    errors.push(invalidValue('spec', shown, "spec of 'catch-all' must equal the fixed value"));
}

function validateShares(
  { nominalConcurrencyShares: shares, lendablePercent }: ExemptPriorityLevelConfiguration,
  path: string,
  errors: Errors,
): void {
  if (shares !== undefined && shares < 0)
    errors.push(invalidValue(`${path}.nominalConcurrencyShares`, shares, 'must be a non-negative integer'));
  checkPercent(lendablePercent, path, errors);
}

function checkPercent(percent: number | undefined, path: string, errors: Errors): void {
  if (percent !== undefined && (percent < 0 || percent > 100))
    errors.push(invalidValue(`${path}.lendablePercent`, percent, 'must be between 0 and 100, inclusive'));
}

function validateLimited(limited: LimitedPriorityLevelConfiguration, path: string, errors: Errors): void {
  const { nominalConcurrencyShares: shares, borrowingLimitPercent: borrowing } = limited;
  if (shares !== undefined && shares < 0)
    errors.push(invalidValue(`${path}.nominalConcurrencyShares`, shares, 'must be a non-negative integer'));
  validateResponse(limited.limitResponse ?? ({} as LimitResponse), `${path}.limitResponse`, errors);
  checkPercent(limited.lendablePercent, path, errors);
  if (borrowing !== undefined && borrowing < 0) {
    const why = 'if specified, must be a non-negative integer';
    errors.push(invalidValue(`${path}.borrowingLimitPercent`, borrowing, why));
  }
}

function validateResponse({ type, queuing }: LimitResponse, path: string, errors: Errors): void {
  if (type === 'Reject') {
    if (queuing)
      errors.push(forbiddenField(`${path}.queuing`, 'must be nil if limited.limitResponse.type is not Limited'));
  } else if (type === 'Queue') {
    if (queuing) validateQueuing(queuing, `${path}.queuing`, errors);
    else errors.push(required(`${path}.queuing`, 'must not be empty if limited.limitResponse.type is Limited'));
  } else if (!type) errors.push(required(`${path}.type`));
  else errors.push(unsupported(`${path}.type`, type, ['Queue', 'Reject']));
}

function validateQueuing(
  { queues = 0, handSize = 0, queueLengthLimit = 0 }: QueuingConfiguration,
  path: string,
  errors: Errors,
): void {
  if (queueLengthLimit <= 0)
    errors.push(invalidValue(`${path}.queueLengthLimit`, queueLengthLimit, 'must be positive'));
  if (queues <= 0) errors.push(invalidValue(`${path}.queues`, queues, 'must be positive'));
  else if (queues > maxQueues)
    errors.push(invalidValue(`${path}.queues`, queues, `must not be greater than ${maxQueues}`));
  if (handSize <= 0) errors.push(invalidValue(`${path}.handSize`, handSize, 'must be positive'));
  else if (handSize > queues)
    errors.push(invalidValue(`${path}.handSize`, handSize, `should not be greater than queues (${queues})`));
  else if (entropyBits(queues, handSize) > maxEntropyBits) {
    const why = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${maxEntropyBits}`;
    errors.push(invalidValue(`${path}.handSize`, handSize, why));
  }
}

/** How many bits it takes to deal a hand: the logarithm of how many hands there are. */
function entropyBits(deckSize: number, handSize: number): number {
  let bits = 0;
  for (let i = 0; i < handSize; i++) bits += Math.log2(deckSize - i);
  return Math.ceil(bits);
}
