import type { LifecycleHandler, PodSpec, Probe } from '../../../api/schema/generated/core-v1.ts';
import {
  containersNamed,
  distinct,
  isInUserNamespace,
  isSince,
  namesWhere,
  plural,
  quoted,
  type AnyContainer,
  type Check,
  type CheckedPod,
} from './check.ts';

const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';
/** Also looked at when a pod changes. */
export const seccompPodKey = 'seccomp.security.alpha.kubernetes.io/pod';
export const seccompContainerPrefix = 'container.seccomp.security.alpha.kubernetes.io/';
const defaultCapabilities = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);
/** By the first release that has them. */
const safeSysctls: readonly (readonly [number, readonly string[]])[] = [
  [
    0,
    [
      'kernel.shm_rmid_forced',
      'net.ipv4.ip_local_port_range',
      'net.ipv4.tcp_syncookies',
      'net.ipv4.ping_group_range',
      'net.ipv4.ip_unprivileged_port_start',
    ],
  ],
  [27, ['net.ipv4.ip_local_reserved_ports']],
  [
    29,
    [
      'net.ipv4.tcp_keepalive_time',
      'net.ipv4.tcp_fin_timeout',
      'net.ipv4.tcp_keepalive_intvl',
      'net.ipv4.tcp_keepalive_probes',
    ],
  ],
  [32, ['net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem']],
];
const seLinuxTypes = ['', 'container_t', 'container_init_t', 'container_kvm_t'];
const seLinuxTypesSince31 = ['container_engine_t'];

/** What keeps a pod from taking over its node, in the order in which it is told. */
export const baselineChecks: readonly Check[] = [
  { id: 'appArmorProfile', sinceMinor: 0, check: checkAppArmor },
  {
    id: 'capabilities_baseline',
    sinceMinor: 0,
    onlyOfContexts: true,
    check: (pod) => {
      const forbidden = (c: AnyContainer): string[] =>
        (c.securityContext?.capabilities?.add ?? []).filter((name) => !defaultCapabilities.has(name));
      const bad = namesWhere(pod, (c) => !!c.securityContext?.capabilities?.add?.length && forbidden(c).length > 0);
      if (!bad.length) return undefined;
      const names = distinct(pod.containers.flatMap(forbidden));
      const detail = `${containersNamed(bad)} must not include ${quoted(names)} in securityContext.capabilities.add`;
      return { reason: 'non-default capabilities', detail };
    },
  },
  {
    id: 'hostNamespaces',
    sinceMinor: 0,
    check: ({ spec }) => {
      if (!spec.hostNetwork && !spec.hostPID && !spec.hostIPC) return undefined;
      const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name]);
      return { reason: 'host namespaces', detail: shared.map((name) => `${name}=true`).join(', ') };
    },
  },
  {
    id: 'hostPathVolumes',
    sinceMinor: 0,
    check: ({ spec }) => {
      if (!spec.volumes?.some(({ hostPath }) => hostPath)) return undefined;
      const bad = spec.volumes.filter(({ hostPath }) => hostPath).map(({ name }) => name);
      return { reason: 'hostPath volumes', detail: `${plural('volume', 'volumes', bad.length)} ${quoted(bad)}` };
    },
  },
  {
    id: 'hostPorts',
    sinceMinor: 0,
    check: (pod) => {
      const hostPorts = (c: AnyContainer): number[] => (c.ports ?? []).flatMap(({ hostPort }) => hostPort || []);
      const bad = namesWhere(pod, ({ ports }) => ports?.some(({ hostPort }) => hostPort) === true);
      if (!bad.length) return undefined;
      const ports = distinct(pod.containers.flatMap(hostPorts).map(String));
      const verb = plural('uses', 'use', bad.length);
      const what = `${plural('hostPort', 'hostPorts', ports.length)} ${ports.join(', ')}`;
      return { reason: 'hostPort', detail: `${containersNamed(bad)} ${verb} ${what}` };
    },
  },
  {
    id: 'hostProbesAndHostLifecycle',
    sinceMinor: 34,
    check: (pod) => {
      const having = namesWhere(pod, (c) => hasHandlers(c) && handlerHosts(c).length > 0);
      if (!having.length) return undefined;
      const bad = distinct(having);
      const hosts = distinct(pod.containers.flatMap(handlerHosts));
      const verb = plural('uses', 'use', bad.length);
      const what = `probe or lifecycle ${plural('host', 'hosts', hosts.length)} ${quoted(hosts)}`;
      return { reason: 'probe or lifecycle host', detail: `${containersNamed(bad)} ${verb} ${what}` };
    },
  },
  {
    id: 'privileged',
    sinceMinor: 0,
    onlyOfContexts: true,
    check: (pod) => {
      const bad = namesWhere(pod, (c) => c.securityContext?.privileged === true);
      if (!bad.length) return undefined;
      return { reason: 'privileged', detail: `${containersNamed(bad)} must not set securityContext.privileged=true` };
    },
  },
  {
    id: 'procMount',
    sinceMinor: 0,
    onlyOfContexts: true,
    check: (pod) => (isInUserNamespace(pod) ? undefined : checkProcMount(pod)),
  },
  { id: 'seLinuxOptions', sinceMinor: 0, onlyOfContexts: true, check: checkSeLinux },
  {
    id: 'seccompProfile_baseline',
    sinceMinor: 0,
    check: (pod) => (isSince(pod, 19) ? explicitlyBadSeccomp(pod) : badSeccompAnnotations(pod)),
  },
  {
    id: 'sysctls',
    sinceMinor: 0,
    onlyOfContexts: true,
    check: (pod) => {
      if (!pod.spec.securityContext?.sysctls?.length) return undefined;
      const safe = new Set(safeSysctls.flatMap(([release, names]) => (isSince(pod, release) ? names : [])));
      const bad = pod.spec.securityContext.sysctls.map(({ name }) => name).filter((name) => !safe.has(name));
      return bad.length ? { reason: 'forbidden sysctls', detail: bad.join(', ') } : undefined;
    },
  },
  {
    id: 'windowsHostProcess',
    sinceMinor: 0,
    onlyOfContexts: true,
    check: (pod) => {
      const setters = setBy(pod, (context) => context?.windowsOptions?.hostProcess === true);
      if (!setters.length) return undefined;
      const detail = `${setters.join(' and ')} must not set securityContext.windowsOptions.hostProcess=true`;
      return { reason: 'hostProcess', detail };
    },
  },
];

type Context = Pick<
  NonNullable<PodSpec['securityContext']>,
  'seccompProfile' | 'appArmorProfile' | 'seLinuxOptions' | 'windowsOptions' | 'runAsNonRoot' | 'runAsUser'
>;

/** Who sets it: `pod`, `containers "a", "b"`, or both. */
export function setBy(pod: CheckedPod, test: (context: Context | undefined) => boolean): string[] {
  const containers = namesWhere(pod, ({ securityContext }) => test(securityContext));
  if (containers.length === 0) return test(pod.spec.securityContext) ? ['pod'] : [];
  return [...(test(pod.spec.securityContext) ? ['pod'] : []), containersNamed(containers)];
}

/** Of the pod and of its containers. */
function contextsOf({ spec, containers }: CheckedPod): (Context | undefined)[] {
  return [spec.securityContext, ...containers.map(({ securityContext }) => securityContext)];
}

const isConfined = (type: string | undefined): boolean => type === 'RuntimeDefault' || type === 'Localhost';

/** A seccomp profile that is said, and wrong. */
export function explicitlyBadSeccomp(pod: CheckedPod): ReturnType<Check['check']> {
  const bad = (context: Context | undefined): boolean =>
    context?.seccompProfile !== undefined && !isConfined(context.seccompProfile.type);
  const setters = setBy(pod, bad);
  if (!setters.length) return undefined;
  const contexts = contextsOf(pod);
  const values = distinct(contexts.filter(bad).map((context) => context!.seccompProfile!.type));
  const detail = `${setters.join(' and ')} must not set securityContext.seccompProfile.type to ${quoted(values)}`;
  return { reason: 'seccompProfile', detail };
}

/** Before there were fields for it, annotations said which seccomp profile a pod and its containers have. */
function badSeccompAnnotations(pod: CheckedPod): ReturnType<Check['check']> {
  const keys = [seccompPodKey, ...pod.containers.map(({ name }) => seccompContainerPrefix + name)];
  const isBad = (value: string | undefined): boolean =>
    value !== undefined && !['runtime/default', 'docker/default'].includes(value) && !value.startsWith('localhost/');
  const bad = distinct(keys.filter((key) => isBad(pod.annotations[key]))).map((key) => annotation(pod, key));
  if (!bad.length) return undefined;
  const detail = `forbidden ${plural('annotation', 'annotations', bad.length)} ${bad.join(', ')}`;
  return { reason: 'seccompProfile', detail };
}

function annotation({ annotations }: CheckedPod, key: string): string {
  return `${key}=${JSON.stringify(annotations[key])}`;
}

/** What may show more of the host than the masks of `/proc` hide. */
export function checkProcMount(pod: CheckedPod): ReturnType<Check['check']> {
  const mount = (c: AnyContainer): string => c.securityContext?.procMount ?? 'Default';
  const bad = namesWhere(pod, (c) => mount(c) !== 'Default');
  if (!bad.length) return undefined;
  const types = distinct(pod.containers.map(mount)).filter((type) => type !== 'Default');
  return {
    reason: 'procMount',
    detail: `${containersNamed(bad)} must not set securityContext.procMount to ${quoted(types)}`,
  };
}

function checkAppArmor(pod: CheckedPod): ReturnType<Check['check']> {
  const bad = (context: Context | undefined): boolean =>
    context?.appArmorProfile !== undefined && !isConfined(context.appArmorProfile.type);
  const setters = setBy(pod, bad);
  const annotations: string[] = [];
  for (const key in pod.annotations)
    if (key.startsWith(appArmorPrefix) && !isAllowedAppArmor(pod.annotations[key]!))
      annotations.push(annotation(pod, key));
  annotations.sort();
  if (annotations.length) setters.push(plural('annotation', 'annotations', annotations.length));
  if (!setters.length) return undefined;
  const values = distinct(
    contextsOf(pod)
      .filter(bad)
      .map((context) => context!.appArmorProfile!.type),
  );
  const all = [...values, ...annotations];
  return {
    reason: plural('forbidden AppArmor profile', 'forbidden AppArmor profiles', all.length),
    detail: `${setters.join(' and ')} must not set AppArmor profile type to ${quoted(all)}`,
  };
}

function isAllowedAppArmor(value: string): boolean {
  return value === '' || value === 'runtime/default' || value.startsWith('localhost/');
}

const allSeLinuxTypes = [...seLinuxTypes, ...seLinuxTypesSince31];

function checkSeLinux(pod: CheckedPod): ReturnType<Check['check']> {
  const allowed = isSince(pod, 31) ? allSeLinuxTypes : seLinuxTypes;
  const isBadType = (context: Context | undefined): boolean => !allowed.includes(context?.seLinuxOptions?.type ?? '');
  const setters = setBy(
    pod,
    (context) => isBadType(context) || !!context?.seLinuxOptions?.user || !!context?.seLinuxOptions?.role,
  );
  if (!setters.length) return undefined;
  const contexts = contextsOf(pod);
  const types = distinct(contexts.filter(isBadType).map((context) => context!.seLinuxOptions!.type!));
  const wrong = [
    ...(types.length ? [`${plural('type', 'types', types.length)} ${quoted(types)}`] : []),
    ...(contexts.some((context) => context?.seLinuxOptions?.user) ? ['user may not be set'] : []),
    ...(contexts.some((context) => context?.seLinuxOptions?.role) ? ['role may not be set'] : []),
  ];
  return {
    reason: 'seLinuxOptions',
    detail: `${setters.join(' and ')} set forbidden securityContext.seLinuxOptions: ${wrong.join('; ')}`,
  };
}

function hasHandlers({ livenessProbe, readinessProbe, startupProbe, lifecycle }: AnyContainer): boolean {
  return !!livenessProbe || !!readinessProbe || !!startupProbe || !!lifecycle;
}

/** Hosts that a container's probes and hooks would have the kubelet call. */
function handlerHosts({ livenessProbe, readinessProbe, startupProbe, lifecycle }: AnyContainer): string[] {
  const handlers: (Probe | LifecycleHandler | undefined)[] = [
    livenessProbe,
    readinessProbe,
    startupProbe,
    lifecycle?.postStart,
    lifecycle?.preStop,
  ];
  return handlers
    .flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host])
    .filter((host) => !!host) as string[];
}
