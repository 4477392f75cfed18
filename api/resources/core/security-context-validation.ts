import { addInvalid, unsupported, type Errors } from '../../meta/field-checks.ts';
import { FieldError, forbiddenField, invalidValue, required } from '../../meta/field-error.ts';
import { isDns1123Subdomain, isValidGroupId, isValidUserId } from '../../meta/names.ts';
import type {
  AppArmorProfile,
  PodSecurityContext,
  PodSpec,
  SeccompProfile,
  SecurityContext,
  Sysctl,
  WindowsSecurityContextOptions,
} from '../../schema/generated/core-v1.ts';
import { checkDescendingPath } from './path-validation.ts';

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];

/** The security context of a container. `hostUsers` is false where its pod has users of its own. */
export function validateSecurityContext(
  context: SecurityContext | undefined,
  hostUsers: boolean,
  path: string,
  errors: Errors,
): void {
  if (!context) return;
  const { runAsUser, runAsGroup, procMount, seccompProfile, windowsOptions, appArmorProfile } = context;
  if (runAsUser !== undefined) addInvalid(isValidUserId(runAsUser), `${path}.runAsUser`, runAsUser, errors);
  if (runAsGroup !== undefined) addInvalid(isValidGroupId(runAsGroup), `${path}.runAsGroup`, runAsGroup, errors);
  if (procMount !== undefined) {
    if (procMount !== 'Default' && procMount !== 'Unmasked')
      errors.push(unsupported(`${path}.procMount`, procMount, ['Default', 'Unmasked']));
    if (hostUsers && procMount === 'Unmasked')
      errors.push(invalidValue(`${path}.procMount`, procMount, '`hostUsers` must be false to use `Unmasked`'));
  }
  validateSeccompProfile(seccompProfile, `${path}.seccompProfile`, errors);
  if (context.allowPrivilegeEscalation === false) validateNoEscalation(context, path, errors);
  validateWindowsOptions(windowsOptions, `${path}.windowsOptions`, errors);
  validateAppArmorProfile(appArmorProfile, `${path}.appArmorProfile`, errors);
}

function validateNoEscalation(context: SecurityContext, path: string, errors: Errors): void {
  if (context.privileged) {
    const why = 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true';
    errors.push(invalidValue(path, internalContext(context), why));
  }
  for (const capability of context.capabilities?.add ?? []) {
    if (capability !== 'CAP_SYS_ADMIN') continue;
    const why = 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN';
    errors.push(invalidValue(path, internalContext(context), why));
  }
}

/** The context as upstream's message shows it: its internal type, every field. */
function internalContext(context: SecurityContext): unknown {
  const { capabilities, seLinuxOptions, windowsOptions, seccompProfile, appArmorProfile } = context;
  return {
    Capabilities: capabilities ? { Add: capabilities.add ?? null, Drop: capabilities.drop ?? null } : null,
    Privileged: context.privileged ?? null,
    SELinuxOptions: seLinuxOptions
      ? {
          User: seLinuxOptions.user ?? '',
          Role: seLinuxOptions.role ?? '',
          Type: seLinuxOptions.type ?? '',
          Level: seLinuxOptions.level ?? '',
        }
      : null,
    WindowsOptions: windowsOptions
      ? {
          GMSACredentialSpecName: windowsOptions.gmsaCredentialSpecName ?? null,
          GMSACredentialSpec: windowsOptions.gmsaCredentialSpec ?? null,
          RunAsUserName: windowsOptions.runAsUserName ?? null,
          HostProcess: windowsOptions.hostProcess ?? null,
        }
      : null,
    RunAsUser: context.runAsUser ?? null,
    RunAsGroup: context.runAsGroup ?? null,
    RunAsNonRoot: context.runAsNonRoot ?? null,
    ReadOnlyRootFilesystem: context.readOnlyRootFilesystem ?? null,
    AllowPrivilegeEscalation: context.allowPrivilegeEscalation ?? null,
    ProcMount: context.procMount ?? null,
    SeccompProfile: seccompProfile ? internalProfile(seccompProfile) : null,
    AppArmorProfile: appArmorProfile ? internalProfile(appArmorProfile) : null,
  };
}

function internalProfile({ type, localhostProfile }: SeccompProfile | AppArmorProfile): unknown {
  return { Type: type ?? '', LocalhostProfile: localhostProfile ?? null };
}

/** The security context of a whole pod; `path` is the context's, `spec` what it belongs to. */
export function validatePodSecurityContext(
  context: PodSecurityContext | undefined,
  spec: PodSpec,
  path: string,
  errors: Errors,
): void {
  if (!context) return;
  const { fsGroup, runAsUser, runAsGroup, supplementalGroups, sysctls } = context;
  if (fsGroup !== undefined) addInvalid(isValidGroupId(fsGroup), `${path}.fsGroup`, fsGroup, errors);
  if (runAsUser !== undefined) addInvalid(isValidUserId(runAsUser), `${path}.runAsUser`, runAsUser, errors);
  if (runAsGroup !== undefined) addInvalid(isValidGroupId(runAsGroup), `${path}.runAsGroup`, runAsGroup, errors);
  for (const [index, group] of (supplementalGroups ?? []).entries())
    addInvalid(isValidGroupId(group), `${path}.supplementalGroups[${index}]`, group, errors);
  if (spec.shareProcessNamespace && spec.hostPID) {
    const why = 'ShareProcessNamespace and HostPID cannot both be enabled';
    errors.push(invalidValue(`${path}.shareProcessNamespace`, true, why));
  }
  if (sysctls) validateSysctls(sysctls, spec, `${path}.sysctls`, errors);
  checkOptional(context.fsGroupChangePolicy, ['Always', 'OnRootMismatch'], `${path}.fsGroupChangePolicy`, errors);
  validateSeccompProfile(context.seccompProfile, `${path}.seccompProfile`, errors);
  validateWindowsOptions(context.windowsOptions, `${path}.windowsOptions`, errors);
  validateAppArmorProfile(context.appArmorProfile, `${path}.appArmorProfile`, errors);
  checkOptional(context.supplementalGroupsPolicy, ['Merge', 'Strict'], `${path}.supplementalGroupsPolicy`, errors);
  checkOptional(context.seLinuxChangePolicy, ['Recursive'], `${path}.seLinuxChangePolicy`, errors);
}

function checkOptional(value: string | undefined, choices: readonly string[], field: string, errors: Errors): void {
  if (value !== undefined && !choices.includes(value)) errors.push(unsupported(field, value, choices));
}

const sysctlFormat = String.raw`^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$`;
const sysctlPattern = new RegExp(sysctlFormat);

function validateSysctls(sysctls: readonly Sysctl[], spec: PodSpec, path: string, errors: Errors): void {
  const seen = new Set<string>();
  for (const [index, { name }] of sysctls.entries()) {
    const at = `${path}[${index}].name`;
    if (!name) {
      errors.push(required(at));
      continue;
    }
    if (name.length > 253 || !sysctlPattern.test(name))
      errors.push(invalidValue(at, name, `must have at most 253 characters and match regex ${sysctlFormat}`));
    else if (seen.has(name)) errors.push(new FieldError('FieldValueDuplicate', at, name, ''));
    const dotted = name.includes('/') && !name.includes('.') ? name.replaceAll('/', '.') : name;
    if (spec.hostNetwork && dotted.startsWith('net.'))
      errors.push(invalidValue(at, name, "may not be specified when 'hostNetwork' is true"));
    if (spec.hostIPC && /^(kernel\.(shm|msg|sem)|fs\.mqueue\.)/.test(dotted))
      errors.push(invalidValue(at, name, "may not be specified when 'hostIPC' is true"));
    seen.add(name);
  }
}

function validateSeccompProfile(profile: SeccompProfile | undefined, path: string, errors: Errors): void {
  if (!profile) return;
  const { type, localhostProfile } = profile;
  if (!type) errors.push(required(`${path}.type`, 'type is required when seccompProfile is set'));
  else if (!profileTypes.includes(type)) errors.push(unsupported(`${path}.type`, type, profileTypes));
  const at = `${path}.localhostProfile`;
  if (type === 'Localhost') {
    if (localhostProfile === undefined) errors.push(required(at, 'must be set when seccomp type is Localhost'));
    else checkDescendingPath(localhostProfile, at, errors);
  } else if (localhostProfile !== undefined) {
    errors.push(invalidValue(at, internalProfile(profile), 'can only be set when seccomp type is Localhost'));
  }
}

const appArmorProfileMaxLength = 4095;

function validateAppArmorProfile(profile: AppArmorProfile | undefined, path: string, errors: Errors): void {
  if (!profile) return;
  const { type, localhostProfile } = profile;
  const at = `${path}.localhostProfile`;
  switch (type) {
    case 'Localhost': {
      const trimmed = localhostProfile?.trim();
      if (trimmed !== undefined && trimmed !== localhostProfile)
        errors.push(invalidValue(at, localhostProfile, 'must not be padded with whitespace'));
      else if (!trimmed) errors.push(required(at, 'must be set when AppArmor type is Localhost'));
      if ((localhostProfile?.length ?? 0) > appArmorProfileMaxLength)
        errors.push(
          new FieldError('FieldValueTooLong', at, '', `may not be more than ${appArmorProfileMaxLength} bytes`),
        );
      break;
    }
    case 'RuntimeDefault':
    case 'Unconfined':
      if (localhostProfile !== undefined)
        errors.push(invalidValue(at, localhostProfile, 'can only be set when AppArmor type is Localhost'));
      break;
    default:
      if (!type) errors.push(required(`${path}.type`, 'type is required when appArmorProfile is set'));
      else errors.push(unsupported(`${path}.type`, type, profileTypes));
  }
}

const credentialSpecMaxKiB = 64;
const netBiosDomain = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const dnsLabel = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const dnsDomain = new RegExp(`^${dnsLabel}(?:\\.${dnsLabel})*$`);

function validateWindowsOptions(
  options: WindowsSecurityContextOptions | undefined,
  path: string,
  errors: Errors,
): void {
  if (!options) return;
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options;
  if (gmsaCredentialSpecName !== undefined) {
    const at = `${path}.gmsaCredentialSpecName`;
    addInvalid(isDns1123Subdomain(gmsaCredentialSpecName), at, gmsaCredentialSpecName, errors);
  }
  if (gmsaCredentialSpec !== undefined) {
    const at = `${path}.gmsaCredentialSpec`;
    if (gmsaCredentialSpec === '')
      errors.push(invalidValue(at, gmsaCredentialSpec, 'gmsaCredentialSpec cannot be an empty string'));
    else if (Buffer.byteLength(gmsaCredentialSpec) > credentialSpecMaxKiB * 1024)
      errors.push(
        invalidValue(at, gmsaCredentialSpec, `gmsaCredentialSpec size must be under ${credentialSpecMaxKiB} KiB`),
      );
  }
  if (runAsUserName !== undefined)
    addInvalid(whyNoUserName(runAsUserName), `${path}.runAsUserName`, runAsUserName, errors);
}

const domainMaxLength = 256;
const userMaxLength = 104;

/** `DOMAIN\\user` or `user`, as Windows has them. */
function whyNoUserName(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  if (/[\0-\x1f\x7f]/.test(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const user = parts.at(-1)!;
  const why: string[] = [];
  if (parts.length === 2) {
    const domain = parts[0]!;
    if (Buffer.byteLength(domain) >= domainMaxLength)
      why.push(`runAsUserName's Domain length must be under ${domainMaxLength} characters`);
    if (!netBiosDomain.test(domain) && !dnsDomain.test(domain))
      why.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  }
  if (user === '') why.push("runAsUserName's User cannot be empty");
  if (Buffer.byteLength(user) > userMaxLength)
    why.push(`runAsUserName's User length must not be longer than ${userMaxLength} characters`);
  if (/^[ .]+$/.test(user)) why.push("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user))
    why.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]');
  return why;
}

/** What is for Linux cannot be asked of Windows, nor the other way round; only where a pod says its system. */
export function validateOperatingSystem(spec: PodSpec, path: string, errors: Errors): void {
  if (!spec.os) return;
  const { name } = spec.os;
  if (!name) errors.push(required(`${path}.os.name`));
  else if (name === 'linux') forbidWindowsOptions(spec, path, errors);
  else if (name === 'windows') forbidLinuxOptions(spec, path, errors);
  else errors.push(unsupported(`${path}.os`, name, ['linux', 'windows']));
}

function forbidWindowsOptions(spec: PodSpec, path: string, errors: Errors): void {
  const why = 'windows options cannot be set for a linux pod';
  if (spec.securityContext?.windowsOptions) errors.push(forbiddenField(`${path}.securityContext.windowsOptions`, why));
  for (const [context, at] of containerContexts(spec, path))
    if (context.windowsOptions) errors.push(forbiddenField(`${at}.windowsOptions`, why));
}

const linuxContainerFields = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const;

function forbidLinuxOptions(spec: PodSpec, path: string, errors: Errors): void {
  const context = spec.securityContext ?? {};
  const forbid = (isSet: unknown, field: string): void => {
    if (isSet) errors.push(forbiddenField(`${path}.${field}`, 'cannot be set for a windows pod'));
  };
  forbid(context.appArmorProfile, 'securityContext.appArmorProfile');
  forbid(context.seLinuxOptions, 'securityContext.seLinuxOptions');
  forbid(spec.hostUsers !== undefined, 'hostUsers');
  forbid(spec.hostPID, 'hostPID');
  forbid(spec.hostIPC, 'hostIPC');
  forbid(context.seccompProfile, 'securityContext.seccompProfile');
  forbid(context.fsGroup !== undefined, 'securityContext.fsGroup');
  forbid(context.fsGroupChangePolicy, 'securityContext.fsGroupChangePolicy');
  forbid(context.sysctls?.length, 'securityContext.sysctls');
  forbid(spec.shareProcessNamespace !== undefined, 'shareProcessNamespace');
  forbid(context.runAsUser !== undefined, 'securityContext.runAsUser');
  forbid(context.runAsGroup !== undefined, 'securityContext.runAsGroup');
  forbid(context.supplementalGroups, 'securityContext.supplementalGroups');
  forbid(context.supplementalGroupsPolicy, 'securityContext.supplementalGroupsPolicy');
  forbid(context.seLinuxChangePolicy, 'securityContext.seLinuxChangePolicy');
  for (const [own, at] of containerContexts(spec, path)) {
    for (const field of linuxContainerFields) {
      if (own[field] !== undefined) errors.push(forbiddenField(`${at}.${field}`, 'cannot be set for a windows pod'));
    }
  }
}

function* containerContexts(spec: PodSpec, path: string): Generator<[SecurityContext, string]> {
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    for (const [index, { securityContext }] of (spec[list] ?? []).entries())
      if (securityContext) yield [securityContext, `${path}.${list}[${index}].securityContext`];
  }
}

/** Windows containers that are processes of the host: all of a pod or none, and then on the host's network. */
export function validateHostProcess(spec: PodSpec, path: string, errors: Errors): void {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  let asHost = 0;
  let all = 0;
  for (const list of ['initContainers', 'containers', 'ephemeralContainers'] as const) {
    for (const [index, { securityContext }] of (spec[list] ?? []).entries()) {
      const own = securityContext?.windowsOptions?.hostProcess;
      all++;
      if (own || (own === undefined && ofPod)) asHost++;
      if (ofPod === undefined || own === undefined || own === ofPod) continue;
      const at = `${path}.${list}[${index}].securityContext.windowsOptions.hostProcess`;
      errors.push(invalidValue(at, own, `pod hostProcess value must be identical if both are specified, was ${ofPod}`));
    }
  }
  if (asHost === 0) return;
  if (asHost !== all) {
    const why = 'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    errors.push(invalidValue(path, '', why));
  }
  if (!spec.hostNetwork) {
    const why = 'hostNetwork must be true if pod contains any hostProcess containers';
    errors.push(invalidValue(`${path}.hostNetwork`, false, why));
  }
}
