import { unsupported, type Errors } from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue } from '../../meta/field-error.ts';
import { labelSelectorOf, type Selector } from '../../meta/label-selector.ts';
import { sortedMap, validateAnnotations, validateLabels } from '../../meta/label-validation.ts';
import type { PodTemplateSpec } from '../../schema/generated/core-v1.ts';
import type { LabelSelector } from '../../schema/generated/meta-v1.ts';
import { validateAppArmorMatch, validatePodAnnotations, validateSeccompMatch } from './pod-annotations-validation.ts';
import { validatePodSpec } from './pod-spec-validation.ts';

/** The template of a workload's pods, as far as it holds for all workloads. */
export function validatePodTemplate(template: PodTemplateSpec, path: string, errors: Errors): void {
  const { metadata = {}, spec } = template;
  if (!spec) return;
  validateLabels(metadata.labels, `${path}.labels`, errors);
  validateAnnotations(metadata.annotations, `${path}.annotations`, errors);
  validatePodAnnotations(metadata.annotations, spec, `${path}.annotations`, errors);
  validatePodSpec(spec, undefined, `${path}.spec`, errors);
  validateSeccompMatch(metadata, spec, `${path}.spec`, errors);
  validateAppArmorMatch(metadata, spec, `${path}.spec`, errors);
  if (spec.ephemeralContainers?.length)
    errors.push(forbiddenField(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template'));
}

/** The selector of a label selector; undefined where it cannot be one, which validation of its parts says. */
export function selectorIfValid(selector: LabelSelector | undefined): Selector | undefined {
  try {
    return labelSelectorOf(selector);
  } catch {
    return undefined;
  }
}

/** The selector must select what the template makes. */
export function checkSelectorMatches(
  selector: Selector,
  template: PodTemplateSpec,
  path: string,
  errors: Errors,
): void {
  if (selector.requirements.length === 0 && !selector.matchesNothing) return;
  const labels = template.metadata?.labels;
  if (!selector.matches(labels))
    errors.push(
      invalidValue(`${path}.metadata.labels`, sortedMap(labels), '`selector` does not match template `labels`'),
    );
}

/** What controllers that keep pods running ask of their templates. `owner` is as messages call it. */
export function validateRunningTemplate(template: PodTemplateSpec, owner: string, path: string, errors: Errors): void {
  const { restartPolicy, activeDeadlineSeconds } = template.spec ?? {};
  if (restartPolicy !== 'Always')
    errors.push(unsupported(`${path}.spec.restartPolicy`, restartPolicy ?? '', ['Always']));
  if (activeDeadlineSeconds !== undefined) {
    const why = `activeDeadlineSeconds in ${owner} is not Supported`;
    errors.push(forbiddenField(`${path}.spec.activeDeadlineSeconds`, why));
  }
}
