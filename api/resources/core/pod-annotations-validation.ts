import type { Errors } from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue } from '../../meta/field-error.ts';
import type { PodSpec, Toleration } from '../../schema/generated/core-v1.ts';
import type { ObjectMeta } from '../../schema/generated/meta-v1.ts';
import { validateTolerations } from './affinity-validation.ts';

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
    const value = annotations[key]!;
    if ((key === seccompPodAnnotation || key.startsWith(seccompContainerPrefix)) && !isSeccompProfile(value))
      errors.push(invalidValue(`${path}[${key}]`, value, 'must be a valid seccomp profile'));
    if (key.startsWith(appArmorAnnotationPrefix)) validateAppArmorAnnotation(key, value, spec, path, errors);
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
    tolerations = JSON.parse(text) as Toleration[];
  } catch (error) {
    errors.push(invalidValue(path, tolerationsAnnotation, (error as Error).message));
    return;
  }
  if (Array.isArray(tolerations)) validateTolerations(tolerations, `${path}.${tolerationsAnnotation}`, errors);
}

function isSeccompProfile(profile: string): boolean {
  if (profile === 'runtime/default' || profile === 'docker/default' || profile === 'unconfined') return true;
  if (!profile.startsWith('localhost/')) return false;
  const file = profile.slice('localhost/'.length);
  return !file.startsWith('/') && !file.split('/').includes('..');
}

function validateAppArmorAnnotation(key: string, profile: string, spec: PodSpec, path: string, errors: Errors): void {
  const name = key.slice(appArmorAnnotationPrefix.length);
  const all = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
  if (!all.some((container) => container.name === name))
    errors.push(invalidValue(`${path}[${key}]`, name, 'container not found'));
  const isKnown = ['', 'runtime/default', 'unconfined'].includes(profile) || profile.startsWith('localhost/');
  if (!isKnown) errors.push(invalidValue(`${path}[${key}]`, profile, `invalid AppArmor profile name: "${profile}"`));
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
