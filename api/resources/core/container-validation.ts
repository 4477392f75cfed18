import { addInvalid, checkLabel, checkPort, unsupported, type Errors } from '../../meta/field-checks.ts';
import { duplicate, forbiddenField, invalidValue, notFoundValue, required, tooMany } from '../../meta/field-error.ts';
import { isValidPortName } from '../../meta/names.ts';
import type {
  Container,
  ContainerPort,
  ContainerResizePolicy,
  ContainerRestartRule,
  EphemeralContainer,
  PodSpec,
  Volume,
  VolumeDevice,
  VolumeMount,
} from '../../schema/generated/core-v1.ts';
import { validateEnv, validateEnvFrom } from './env-validation.ts';
import { checkDescendingPath, hasBacksteps } from './path-validation.ts';
import { validateProbes } from './probe-validation.ts';
import { validateResourceRequirements } from './resource-validation.ts';
import { validateSecurityContext } from './security-context-validation.ts';

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const protocols = ['SCTP', 'TCP', 'UDP'];

/** What the containers of a pod are checked against. */
export interface ContainerContext {
  readonly spec: PodSpec;
  /** Volumes in which nothing is wrong, by name. */
  readonly volumes: ReadonlyMap<string, Volume>;
  readonly claimNames: ReadonlySet<string>;
}

/** All three lists of containers of a pod. `path` is the spec's. */
export function validateAllContainers(context: ContainerContext, path: string, errors: Errors): void {
  const { containers, initContainers, ephemeralContainers } = context.spec;
  if (containers.length === 0) errors.push(required(`${path}.containers`));
  else validateContainers(containers, context, `${path}.containers`, errors);
  if (initContainers?.length) validateInitContainers(initContainers, context, `${path}.initContainers`, errors);
  if (ephemeralContainers?.length)
    validateEphemeralContainers(ephemeralContainers, context, `${path}.ephemeralContainers`, errors);
}

function validateContainers(
  containers: readonly Container[],
  context: ContainerContext,
  path: string,
  errors: Errors,
): void {
  const names = new Set<string>();
  const grace = context.spec.terminationGracePeriodSeconds ?? 0;
  for (let i = 0; i < containers.length; i++) {
    const container = containers[i]!;
    const at = `${path}[${i}]`;
    validateContainer(container, context, at, errors);
    if (names.has(container.name ?? '')) errors.push(duplicate(`${at}.name`, container.name ?? ''));
    names.add(container.name ?? '');
    validateProbes(container, grace, at, errors);
    validateRestartRules(container, at, errors);
    if (container.restartPolicy !== undefined)
      checkChoiceOf(container.restartPolicy, ['Always', 'Never', 'OnFailure'], `${at}.restartPolicy`, errors);
  }
  checkHostPorts(containers, path, errors);
}

function validateInitContainers(
  containers: readonly Container[],
  context: ContainerContext,
  path: string,
  errors: Errors,
): void {
  const names = new Set(context.spec.containers.map((c) => c.name ?? ''));
  const grace = context.spec.terminationGracePeriodSeconds ?? 0;
  for (let i = 0; i < containers.length; i++) {
    const container = containers[i]!;
    const at = `${path}[${i}]`;
    validateContainer(container, context, at, errors);
    validateRestartRules(container, at, errors);
    const { restartPolicy } = container;
    if (restartPolicy !== undefined)
      checkChoiceOf(restartPolicy, ['Always', 'Never', 'OnFailure'], `${at}.restartPolicy`, errors);
    if (names.has(container.name ?? '')) errors.push(duplicate(`${at}.name`, container.name ?? ''));
    else if (container.name) names.add(container.name);
    checkHostPorts([container], path, errors);
    const isSidecar = restartPolicy === 'Always';
    if (isSidecar) validateProbes(container, grace, at, errors);
    else {
      for (const field of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
        if (container[field])
          errors.push(
            forbiddenField(`${at}.${field}`, 'may not be set for init containers without restartPolicy=Always'),
          );
      }
    }
  }
}

/** In the order in which upstream's type has them. */
const notForEphemeral = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const;

/** Containers that are put into a running pod, to look into it. */
function validateEphemeralContainers(
  containers: readonly EphemeralContainer[],
  context: ContainerContext,
  path: string,
  errors: Errors,
): void {
  const others = new Set([...context.spec.containers, ...(context.spec.initContainers ?? [])].map((c) => c.name ?? ''));
  const names = new Set(others);
  const forbid = (field: string): unknown =>
    errors.push(forbiddenField(field, 'cannot be set for an Ephemeral Container'));
  for (let i = 0; i < containers.length; i++) {
    const container = containers[i]!;
    const at = `${path}[${i}]`;
    validateContainer(container, context, at, errors);
    checkImageSpaces(container, at, errors);
    if (names.has(container.name ?? '')) errors.push(duplicate(`${at}.name`, container.name ?? ''));
    names.add(container.name ?? '');
    const target = container.targetContainerName;
    if (target && !others.has(target)) errors.push(notFoundValue(`${at}.targetContainerName`, target));
    for (const field of notForEphemeral) {
      const value = container[field];
      const isSet = field === 'resources' ? Object.keys(value ?? {}).length > 0 : value !== undefined;
      if (isSet) forbid(`${at}.${field}`);
    }
    for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
      if (mount.subPath) forbid(`${at}.volumeMounts[${index}].subPath`);
      if (mount.subPathExpr) forbid(`${at}.volumeMounts[${index}].subPathExpr`);
    }
  }
}

/** What holds for containers of all three sorts. */
function validateContainer(
  container: Container | EphemeralContainer,
  { spec, volumes, claimNames }: ContainerContext,
  path: string,
  errors: Errors,
): void {
  const { name, image, terminationMessagePolicy, volumeMounts, volumeDevices } = container;
  if (!name) errors.push(required(`${path}.name`));
  else checkLabel(name, `${path}.name`, errors);
  if (!image) errors.push(required(`${path}.image`));
  if (!terminationMessagePolicy) errors.push(required(`${path}.terminationMessagePolicy`));
  else
    checkChoiceOf(
      terminationMessagePolicy,
      ['File', 'FallbackToLogsOnError'],
      `${path}.terminationMessagePolicy`,
      errors,
    );
  if (container.ports) validatePorts(container.ports, `${path}.ports`, errors);
  if (container.env) validateEnv(container.env, volumes, `${path}.env`, errors);
  if (container.envFrom) validateEnvFrom(container.envFrom, `${path}.envFrom`, errors);
  if (volumeMounts) validateVolumeMounts(container, volumeMounts, volumes, `${path}.volumeMounts`, errors);
  if (volumeDevices) validateVolumeDevices(container, volumeDevices, volumes, `${path}.volumeDevices`, errors);
  if (volumeDevices?.length && spec.hostUsers === false)
    errors.push(forbiddenField(`${path}.volumeDevices`, 'when `hostUsers` is false'));
  if (!container.imagePullPolicy) errors.push(required(`${path}.imagePullPolicy`));
  else checkChoiceOf(container.imagePullPolicy, pullPolicies, `${path}.imagePullPolicy`, errors);
  validateResourceRequirements(container.resources, claimNames, `${path}.resources`, errors);
  if (container.resizePolicy)
    validateResizePolicy(container.resizePolicy, spec.restartPolicy, `${path}.resizePolicy`, errors);
  validateSecurityContext(container.securityContext, spec.hostUsers !== false, `${path}.securityContext`, errors);
}

function checkChoiceOf(value: string, choices: readonly string[], field: string, errors: Errors): void {
  if (!choices.includes(value)) errors.push(unsupported(field, value, choices));
}

/** Templates written before this was checked may have spaces; a pod may not. */
export function checkImageSpaces({ image }: Container | EphemeralContainer, path: string, errors: Errors): void {
  if (image && image.trim() !== image)
    errors.push(invalidValue(`${path}.image`, image, 'must not have leading or trailing whitespace'));
}

function validatePorts(ports: readonly ContainerPort[], path: string, errors: Errors): void {
  const names = new Set<string>();
  for (let i = 0; i < ports.length; i++) {
    const { name, containerPort, hostPort, protocol } = ports[i]!;
    const at = `${path}[${i}]`;
    if (name) {
      const messages = isValidPortName(name);
      if (messages.length > 0) addInvalid(messages, `${at}.name`, name, errors);
      else if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      else names.add(name);
    }
    if (!containerPort) errors.push(required(`${at}.containerPort`));
    else checkPort(containerPort, `${at}.containerPort`, errors);
    if (hostPort) checkPort(hostPort, `${at}.hostPort`, errors);
    if (!protocol) errors.push(required(`${at}.protocol`));
    else checkChoiceOf(protocol, protocols, `${at}.protocol`, errors);
  }
}

/** Two containers that run at once cannot have one port of the host. */
function checkHostPorts(containers: readonly Container[], path: string, errors: Errors): void {
  let taken: Set<string> | undefined;
  for (let i = 0; i < containers.length; i++) {
    const { ports } = containers[i]!;
    for (let p = 0; p < (ports?.length ?? 0); p++) {
      const { hostPort, hostIP = '', protocol } = ports![p]!;
      if (!hostPort) continue;
      const key = `${protocol}/${hostIP}/${hostPort}`;
      taken ??= new Set();
      if (taken.has(key)) errors.push(duplicate(`${path}[${i}].ports[${p}].hostPort`, key));
      taken.add(key);
    }
  }
}

function validateVolumeMounts(
  container: Container | EphemeralContainer,
  mounts: readonly VolumeMount[],
  volumes: ReadonlyMap<string, Volume>,
  path: string,
  errors: Errors,
): void {
  const mountPaths = new Set<string>();
  for (let i = 0; i < mounts.length; i++) {
    const mount = mounts[i]!;
    const { name, mountPath, subPath, subPathExpr, mountPropagation } = mount;
    const at = `${path}[${i}]`;
    if (!name) errors.push(required(`${at}.name`));
    if (!volumes.has(name)) errors.push(notFoundValue(`${at}.name`, name ?? ''));
    if (!mountPath) errors.push(required(`${at}.mountPath`));
    if (mountPaths.has(mountPath)) errors.push(invalidValue(`${at}.mountPath`, mountPath, 'must be unique'));
    mountPaths.add(mountPath);
    if (container.volumeDevices?.some((device) => device.name === name))
      errors.push(invalidValue(`${at}.name`, name, 'must not already exist in volumeDevices'));
    if (container.volumeDevices?.some((device) => device.devicePath === mountPath))
      errors.push(invalidValue(`${at}.mountPath`, mountPath, 'must not already exist as a path in volumeDevices'));
    if (subPath) checkDescendingPath(subPath, `${path}.subPath`, errors);
    if (subPathExpr) {
      if (subPath)
        errors.push(invalidValue(`${at}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
      checkDescendingPath(subPathExpr, `${path}.subPathExpr`, errors);
    }
    if (mountPropagation !== undefined)
      validatePropagation(container, mountPropagation, `${path}.mountPropagation`, errors);
    validateRecursiveReadOnly(mount, `${path}.recursiveReadOnly`, errors);
  }
}

function validatePropagation(
  { securityContext }: Container | EphemeralContainer,
  propagation: string,
  field: string,
  errors: Errors,
): void {
  checkChoiceOf(propagation, ['Bidirectional', 'HostToContainer', 'None'], field, errors);
  if (propagation === 'Bidirectional' && !securityContext?.privileged)
    errors.push(forbiddenField(field, 'Bidirectional mount propagation is available only to privileged containers'));
}

function validateRecursiveReadOnly(mount: VolumeMount, field: string, errors: Errors): void {
  const { recursiveReadOnly, readOnly, mountPropagation } = mount;
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return;
  if (recursiveReadOnly === 'IfPossible' || recursiveReadOnly === 'Enabled') {
    if (!readOnly) errors.push(forbiddenField(field, 'may only be specified when readOnly is true'));
    if (mountPropagation !== undefined && mountPropagation !== 'None')
      errors.push(forbiddenField(field, 'may only be specified when mountPropagation is None or not specified'));
  } else errors.push(unsupported(field, recursiveReadOnly, ['Disabled', 'Enabled', 'IfPossible']));
}

function validateVolumeDevices(
  container: Container | EphemeralContainer,
  devices: readonly VolumeDevice[],
  volumes: ReadonlyMap<string, Volume>,
  path: string,
  errors: Errors,
): void {
  const names = new Set<string>();
  const paths = new Set<string>();
  for (let i = 0; i < devices.length; i++) {
    const { name, devicePath } = devices[i]!;
    const at = `${path}[${i}]`;
    const volume = volumes.get(name);
    if (!name) errors.push(required(`${at}.name`));
    if (names.has(name)) errors.push(invalidValue(`${at}.name`, name, 'must be unique'));
    if (!volume) errors.push(notFoundValue(`${at}.name`, name ?? ''));
    else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
      const why = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      errors.push(invalidValue(`${at}.name`, name, why));
    }
    if (!devicePath) errors.push(required(`${at}.devicePath`));
    if (paths.has(devicePath)) errors.push(invalidValue(`${at}.devicePath`, devicePath, 'must be unique'));
    if (devicePath && hasBacksteps(devicePath))
      errors.push(invalidValue(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')"));
    else paths.add(devicePath);
    if (container.volumeMounts?.some((mount) => mount.name === name))
      errors.push(invalidValue(`${at}.name`, name, 'must not already exist in volumeMounts'));
    if (container.volumeMounts?.some((mount) => mount.mountPath === devicePath))
      errors.push(invalidValue(`${at}.devicePath`, devicePath, 'must not already exist as a path in volumeMounts'));
    if (name) names.add(name);
  }
}

function validateResizePolicy(
  policies: readonly ContainerResizePolicy[],
  podRestartPolicy: string | undefined,
  path: string,
  errors: Errors,
): void {
  const seen = new Set<string>();
  for (const [index, { resourceName, restartPolicy }] of policies.entries()) {
    if (seen.has(resourceName)) errors.push(duplicate(`${path}[${index}]`, resourceName));
    seen.add(resourceName);
    if (!resourceName) errors.push(required(path));
    else checkChoiceOf(resourceName, ['cpu', 'memory'], path, errors);
    if (!restartPolicy) errors.push(required(path));
    else checkChoiceOf(restartPolicy, ['NotRequired', 'RestartContainer'], path, errors);
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      const why = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
      errors.push(invalidValue(path, restartPolicy, why));
    }
  }
}

const maxRestartRules = 20;
const maxExitCodes = 255;

/** Rules on which exits restart a container; they need a restart policy of its own. */
function validateRestartRules(container: Container, path: string, errors: Errors): void {
  const { restartPolicy, restartPolicyRules: rules } = container;
  if (!rules?.length) return;
  const at = `${path}.restartPolicyRules`;
  if (restartPolicy === undefined)
    errors.push(required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used'));
  if (rules.length > maxRestartRules) errors.push(tooMany(at, rules.length, maxRestartRules));
  for (const [index, rule] of rules.entries()) validateRestartRule(rule, `${at}[${index}]`, errors);
}

function validateRestartRule({ action = '', exitCodes }: ContainerRestartRule, path: string, errors: Errors): void {
  checkChoiceOf(action, ['Restart', 'RestartAllContainers'], `${path}.action`, errors);
  if (!exitCodes) {
    errors.push(required(`${path}.exitCodes`, 'must be specified'));
    return;
  }
  const { operator = '', values = [] } = exitCodes;
  checkChoiceOf(operator, ['In', 'NotIn'], `${path}.exitCodes.operator`, errors);
  if (values.length > maxExitCodes) errors.push(tooMany(`${path}.exitCodes.values`, values.length, maxExitCodes));
}
