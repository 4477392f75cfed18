import { addInvalid, checkQualifiedName, notPositive, unsupported, type Errors } from '../../meta/field-checks.ts';
import { duplicate, forbiddenField, invalidValue, required } from '../../meta/field-error.ts';
import { validateLabelSelector } from '../../meta/label-validation.ts';
import { isDns1123Label, isDns1123Subdomain, isValidLabelValue } from '../../meta/names.ts';
import type {
  Affinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  Toleration,
  TopologySpreadConstraint,
} from '../../schema/generated/core-v1.ts';
import type { LabelSelector } from '../../schema/generated/meta-v1.ts';

/**
 * The affinity of a pod to nodes, then to and from other pods; `path` is that of the whole. None is fine. Whether any
 * node or pod fits is not asked: a term may select nothing.
 */
export function validateAffinity(affinity: Affinity | undefined, path: string, errors: Errors): void {
  if (!affinity) return;
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  if (nodeAffinity) {
    const at = `${path}.nodeAffinity`;
    const { requiredDuringSchedulingIgnoredDuringExecution: needed } = nodeAffinity;
    if (needed) validateNodeSelector(needed, `${at}.requiredDuringSchedulingIgnoredDuringExecution`, errors);
    const preferred = nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    for (const [index, { weight, preference }] of preferred.entries()) {
      const term = `${at}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
      checkWeight(weight, term, errors);
      validateNodeSelectorTerm(preference ?? {}, `${term}.preference`, errors, true);
    }
  }
  if (podAffinity) validatePodAffinity(podAffinity, `${path}.podAffinity`, errors);
  if (podAntiAffinity) validatePodAffinity(podAntiAffinity, `${path}.podAntiAffinity`, errors);
}

function checkWeight(weight: number | undefined, path: string, errors: Errors): void {
  if (!weight || weight < 0 || weight > 100)
    errors.push(invalidValue(`${path}.weight`, weight ?? 0, 'must be in the range 1-100'));
}

/** A choice of nodes, of which one term must fit. */
export function validateNodeSelector(selector: NodeSelector, path: string, errors: Errors): void {
  const terms = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0)
    errors.push(required(`${path}.nodeSelectorTerms`, 'must have at least one node selector term'));
  for (const [index, term] of terms.entries())
    validateNodeSelectorTerm(term, `${path}.nodeSelectorTerms[${index}]`, errors);
}

/** Of what is only preferred, values that no label can have are fine. */
function validateNodeSelectorTerm(term: NodeSelectorTerm, path: string, errors: Errors, isPreferred = false): void {
  for (const [index, requirement] of (term.matchExpressions ?? []).entries())
    validateExpression(requirement, `${path}.matchExpressions[${index}]`, isPreferred, errors);
  for (const [index, requirement] of (term.matchFields ?? []).entries())
    validateFieldExpression(requirement, `${path}.matchFields[${index}]`, errors);
}

function validateExpression(
  { key, operator, values = [] }: NodeSelectorRequirement,
  path: string,
  anyValue: boolean,
  errors: Errors,
): void {
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0)
        errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        errors.push(
          forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        );
      break;
    case 'Gt':
    case 'Lt':
      if (values.length !== 1)
        errors.push(required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      break;
    default:
      errors.push(invalidValue(`${path}.operator`, operator ?? '', 'not a valid selector operator'));
  }
  checkQualifiedName(key ?? '', `${path}.key`, errors);
  if (anyValue) return;
  for (const [index, value] of values.entries())
    addInvalid(isValidLabelValue(value), `${path}.values[${index}]`, value, errors);
}

function validateFieldExpression(
  { key, operator, values = [] }: NodeSelectorRequirement,
  path: string,
  errors: Errors,
): void {
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length !== 1) {
      const why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
      errors.push(required(`${path}.values`, why));
    }
  } else errors.push(invalidValue(`${path}.operator`, operator ?? '', 'not a valid selector operator'));
  if (key !== 'metadata.name') errors.push(invalidValue(`${path}.key`, key ?? '', 'not a valid field selector key'));
  else {
    for (const [index, value] of values.entries())
      addInvalid(isDns1123Subdomain(value), `${path}.values[${index}]`, value, errors);
  }
}

function validatePodAffinity(affinity: PodAffinity, path: string, errors: Errors): void {
  const needed = affinity.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  for (const [index, term] of needed.entries())
    validatePodAffinityTerm(term, `${path}.requiredDuringSchedulingIgnoredDuringExecution[${index}]`, errors);
  const preferred = affinity.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  for (const [index, { weight, podAffinityTerm }] of preferred.entries()) {
    const at = `${path}.preferredDuringSchedulingIgnoredDuringExecution[${index}]`;
    checkWeight(weight, at, errors);
    validatePodAffinityTerm(podAffinityTerm, `${at}.podAffinityTerm`, errors);
  }
}

function validatePodAffinityTerm(term: PodAffinityTerm, path: string, errors: Errors): void {
  const { labelSelector, namespaceSelector, namespaces, topologyKey, matchLabelKeys, mismatchLabelKeys } = term;
  validateLabelSelector(labelSelector, `${path}.labelSelector`, errors);
  validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`, errors);
  for (const namespace of namespaces ?? [])
    addInvalid(isDns1123Label(namespace), `${path}.namespace`, namespace, errors);
  validateLabelKeys({ labelSelector, matchLabelKeys, mismatchLabelKeys }, path, errors);
  if (!topologyKey) errors.push(required(`${path}.topologyKey`, 'can not be empty'));
  checkQualifiedName(topologyKey ?? '', `${path}.topologyKey`, errors);
}

interface LabelKeys {
  readonly labelSelector?: LabelSelector;
  readonly matchLabelKeys?: readonly string[];
  readonly mismatchLabelKeys?: readonly string[];
}

/** Keys of labels whose values, of the pod itself, are written into the selector; who selects by one says it once. */
function validateLabelKeys(
  { labelSelector, matchLabelKeys, mismatchLabelKeys }: LabelKeys,
  path: string,
  errors: Errors,
): void {
  checkLabelKeys(matchLabelKeys, labelSelector, `${path}.matchLabelKeys`, errors);
  checkLabelKeys(mismatchLabelKeys, labelSelector, `${path}.mismatchLabelKeys`, errors);
  if (!matchLabelKeys?.length) return;
  if (labelSelector) {
    const selected = new Set(Object.keys(labelSelector.matchLabels ?? {}));
    for (const { key } of labelSelector.matchExpressions ?? []) {
      const at = matchLabelKeys.lastIndexOf(key);
      if (at >= 0 && selected.has(key))
        errors.push(invalidValue(`${path}[${at}]`, key, 'exists in both matchLabelKeys and labelSelector'));
      selected.add(key);
    }
  }
  for (const [index, key] of matchLabelKeys.entries()) {
    if (!mismatchLabelKeys?.includes(key)) continue;
    const why = 'exists in both matchLabelKeys and mismatchLabelKeys';
    errors.push(invalidValue(`${path}.matchLabelKeys[${index}]`, key, why));
  }
}

function checkLabelKeys(
  keys: readonly string[] | undefined,
  selector: LabelSelector | undefined,
  path: string,
  errors: Errors,
): void {
  if (!keys?.length) return;
  if (!selector) errors.push(forbiddenField(path, 'must not be specified when labelSelector is not set'));
  else for (const [index, key] of keys.entries()) checkQualifiedName(key, `${path}[${index}]`, errors);
}

export const taintEffects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

/**
 * Tolerations of pods, below `path[index]`. One without a key must tolerate every taint (`Exists`), and only one of
 * NoExecute may have `tolerationSeconds`. `Lt` and `Gt` are refused, as by upstream unless they are switched on.
 */
export function validateTolerations(
  tolerations: readonly Toleration[] | undefined,
  path: string,
  errors: Errors,
): void {
  for (let i = 0; i < (tolerations?.length ?? 0); i++) {
    const { key = '', operator = '', value = '', effect = '', tolerationSeconds } = tolerations![i]!;
    const at = `${path}[${i}]`;
    if (key) checkQualifiedName(key, `${at}.key`, errors);
    else if (operator !== 'Exists') {
      const why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(invalidValue(`${at}.operator`, operator, why));
    }
    if (tolerationSeconds !== undefined && effect !== 'NoExecute')
      errors.push(invalidValue(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    checkTolerationOperator(operator, value, `${at}.operator`, errors);
    if (effect && !taintEffects.includes(effect)) errors.push(unsupported(`${at}.effect`, effect, taintEffects));
  }
}

function checkTolerationOperator(operator: string, value: string, field: string, errors: Errors): void {
  switch (operator) {
    case '':
    case 'Equal': {
      const messages = isValidLabelValue(value);
      if (messages.length > 0) errors.push(invalidValue(field, value, messages.join(';')));
      break;
    }
    case 'Exists':
      if (value) errors.push(invalidValue(field, value, "value must be empty when `operator` is 'Exists'"));
      break;
    case 'Lt':
    case 'Gt':
      // Known, but only where comparison operators are switched on.
      errors.push(unsupported(field, operator, ['Equal', 'Exists', 'Lt', 'Gt']));
      break;
    default:
      errors.push(unsupported(field, operator, ['Equal', 'Exists']));
  }
}

const whenUnsatisfiables = ['DoNotSchedule', 'ScheduleAnyway'];
const inclusionPolicies = ['Honor', 'Ignore'];

/**
 * Constraints of a pod, below `path[index]`. No two may have the same topology key and `whenUnsatisfiable`: the error
 * is of the earlier one. Only `DoNotSchedule` can ask for a minimum of domains.
 */
export function validateTopologySpread(
  constraints: readonly TopologySpreadConstraint[] | undefined,
  path: string,
  errors: Errors,
): void {
  for (const [index, constraint] of (constraints ?? []).entries()) {
    const { maxSkew, topologyKey, whenUnsatisfiable, minDomains, nodeAffinityPolicy, nodeTaintsPolicy } = constraint;
    const at = `${path}[${index}]`;
    if (!(maxSkew > 0)) errors.push(invalidValue(`${at}.maxSkew`, maxSkew ?? 0, notPositive));
    if (!topologyKey) errors.push(required(`${at}.topologyKey`, 'can not be empty'));
    if (!whenUnsatisfiables.includes(whenUnsatisfiable))
      errors.push(unsupported(`${at}.whenUnsatisfiable`, whenUnsatisfiable ?? '', whenUnsatisfiables));
    const repeats = constraints!
      .slice(index + 1)
      .some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable);
    if (repeats)
      errors.push(duplicate(`${at}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`));
    if (minDomains !== undefined) {
      if (minDomains <= 0) errors.push(invalidValue(`${at}.minDomains`, minDomains, notPositive));
      if (whenUnsatisfiable !== 'DoNotSchedule') {
        const why = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
        errors.push(invalidValue(`${at}.minDomains`, minDomains, why));
      }
    }
    if (nodeAffinityPolicy !== undefined && !inclusionPolicies.includes(nodeAffinityPolicy))
      errors.push(unsupported(`${at}.nodeAffinityPolicy`, nodeAffinityPolicy, inclusionPolicies));
    if (nodeTaintsPolicy !== undefined && !inclusionPolicies.includes(nodeTaintsPolicy))
      errors.push(unsupported(`${at}.nodeTaintsPolicy`, nodeTaintsPolicy, inclusionPolicies));
    validateLabelKeys(constraint, at, errors);
    validateLabelSelector(constraint.labelSelector, `${at}.labelSelector`, errors);
  }
}
