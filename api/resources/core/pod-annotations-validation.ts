import type { Errors } from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue } from '../../meta/field-error.ts';
import { JsonSyntaxError, parseJson } from '../../meta/json-text.ts';
import type { PodSpec, SeccompProfile, Toleration } from '../../schema/generated/core-v1.ts';
import type { ObjectMeta } from '../../schema/generated/meta-v1.ts';
import { validateTolerations } from './affinity-validation.ts';
import { checkDescendingPath } from './path-validation.ts';

type Annotations = Readonly<Record<string, string>>;

export const mirrorPodAnnotation = 'kubernetes.io/config.mirror';
export const appArmorAnnotationPrefix = 'container.apparmor.security.beta.kubernetes.io/';
const tolerationsAnnotation = 'scheduler.alpha.kubernetes.io/tolerations';
const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost';
export const seccompPodAnnotation = 'seccomp.security.alpha.kubernetes.io/pod';
export const seccompContainerPrefix = 'container.seccomp.security.alpha.kubernetes.io/';

/** Annotations that mean something to Kubernetes, of a pod or a template. `path` is that of the annotations. */
export function validatePodAnnotations(
  annotations: Annotations | undefined,
  spec: PodSpec,
  path: string,
  errors: Errors,
): void {
  if (!annotations) return;
  const mirror = annotations[mirrorPodAnnotation];
  if (mirror !== undefined && !spec.nodeName) {
    const why = 'must set spec.nodeName if mirror pod annotation is set';
    errors.push(invalidValue(`${path}[${mirrorPodAnnotation}]`, mirror, why));
  }
  if (annotations[tolerationsAnnotation])
    validateTolerationsAnnotation(annotations[tolerationsAnnotation], path, errors);
  const cost = annotations[deletionCostAnnotation];
  if (cost !== undefined && !isInt32(cost))
    errors.push(invalidValue(`${path}[${deletionCostAnnotation}]`, cost, 'must be a 32bit integer'));
  for (const key in annotations) {
    if (key !== seccompPodAnnotation && !key.startsWith(seccompContainerPrefix)) continue;
    checkSeccompAnnotation(annotations[key]!, `${path}.${key}`, errors);
  }
  for (const key in annotations) {
    if (key.startsWith(appArmorAnnotationPrefix))
      validateAppArmorAnnotation(key, annotations[key]!, spec, path, errors);
  }
}

/** As Go's ParseInt, which upstream lets take neither a plus nor leading zeros. */
function isInt32(text: string): boolean {
  if (!/^(0|-?[1-9]\d*)$/.test(text)) return false;
  const value = Number(text);
  return value >= -(2 ** 31) && value < 2 ** 31;
}

function validateTolerationsAnnotation(text: string, path: string, errors: Errors): void {
  let tolerations: Toleration[];
  try {
    tolerations = parseJson(text) as Toleration[];
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    errors.push(invalidValue(path, tolerationsAnnotation, error.message));
    return;
  }
  if (Array.isArray(tolerations)) validateTolerations(tolerations, `${path}.${tolerationsAnnotation}`, errors);
}

const localProfilePrefix = 'localhost/';

function checkSeccompAnnotation(profile: string, field: string, errors: Errors): void {
  if (profile === 'runtime/default' || profile === 'docker/default' || profile === 'unconfined') return;
  if (profile.startsWith(localProfilePrefix))
    checkDescendingPath(profile.slice(localProfilePrefix.length), field, errors);
  else errors.push(invalidValue(field, profile, 'must be a valid seccomp profile'));
}

function validateAppArmorAnnotation(key: string, profile: string, spec: PodSpec, path: string, errors: Errors): void {
  const name = key.slice(appArmorAnnotationPrefix.length);
  const all = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
  if (!all.some((container) => container.name === name))
    errors.push(invalidValue(`${path}[${key}]`, name, 'container not found'));
  const isKnown = ['', 'runtime/default', 'unconfined'].includes(profile) || profile.startsWith('localhost/');
  if (!isKnown) errors.push(invalidValue(`${path}[${key}]`, profile, `invalid AppArmor profile name: "${profile}"`));
}

/** As for AppArmor: a seccomp profile in an annotation and one in a field must be the same. */
export function validateSeccompMatch(
  { annotations = {} }: ObjectMeta,
  spec: PodSpec,
  path: string,
  errors: Errors,
): void {
  const own = Object.keys(annotations).some(
    (key) => key === seccompPodAnnotation || key.startsWith(seccompContainerPrefix),
  );
  if (!own) return;
  const at = `${path}.securityContext.seccompProfile`;
  checkSeccompMatch(annotations[seccompPodAnnotation], spec.securityContext?.seccompProfile, at, errors);
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    for (const [index, { name, securityContext }] of (spec[list] ?? []).entries()) {
      const field = `${path}.${list}[${index}].securityContext.seccompProfile`;
      checkSeccompMatch(
        annotations[`${seccompContainerPrefix}${name}`],
        securityContext?.seccompProfile,
        field,
        errors,
      );
    }
  }
}

function checkSeccompMatch(
  annotation: string | undefined,
  profile: SeccompProfile | undefined,
  path: string,
  errors: Errors,
): void {
  if (annotation === undefined || !profile) return;
  const { type, localhostProfile } = profile;
  const isLocal = annotation.startsWith(localProfilePrefix);
  const hasSameType =
    type === 'Localhost'
      ? isLocal
      : type === 'Unconfined'
        ? annotation === 'unconfined'
        : type !== 'RuntimeDefault' || annotation === 'runtime/default' || annotation === 'docker/default';
  if (!hasSameType) errors.push(forbiddenField(`${path}.type`, 'seccomp type in annotation and field must match'));
  else if (type === 'Localhost' && annotation.slice(localProfilePrefix.length) !== localhostProfile)
    errors.push(forbiddenField(`${path}.localhostProfile`, 'seccomp profile in annotation and field must match'));
}

/** The old way to say a profile is an annotation, the new one a field; a new pod that uses both must agree with itself. */
export function validateAppArmorMatch({ annotations }: ObjectMeta, spec: PodSpec, path: string, errors: Errors): void {
  const own = Object.keys(annotations ?? {}).filter((key) => key.startsWith(appArmorAnnotationPrefix));
  if (own.length === 0 || spec.os?.name === 'windows') return;
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    for (const [index, { name, securityContext }] of (spec[list] ?? []).entries()) {
      const profile = annotations?.[`${appArmorAnnotationPrefix}${name}`];
      const field = securityContext?.appArmorProfile ?? spec.securityContext?.appArmorProfile;
      if (profile === undefined || !field) continue;
      const at = `${path}.${list}[${index}].securityContext.appArmorProfile`;
      const [type, file] = profileOf(profile);
      if (field.type !== type)
        errors.push(forbiddenField(`${at}.type`, 'apparmor type in annotation and field must match'));
      else if (type === 'Localhost' && field.localhostProfile !== file)
        errors.push(forbiddenField(`${at}.localhostProfile`, 'apparmor profile in annotation and field must match'));
    }
  }
}

/** The field's words for an annotation's. */
export function profileOf(annotation: string): ['RuntimeDefault' | 'Unconfined' | 'Localhost', string?] {
  if (annotation === 'unconfined') return ['Unconfined'];
  if (annotation.startsWith('localhost/')) return ['Localhost', annotation.slice('localhost/'.length)];
  return ['RuntimeDefault'];
}
