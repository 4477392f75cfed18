import { milliValue, quantityValue } from '../../api/meta/quantity.ts';
import { none } from '../../api/meta/printers.ts';
import type {
  Container,
  ContainerState,
  ContainerStatus,
  EnvVar,
  Pod,
  Probe,
  ResourceRequirements,
} from '../../api/schema/generated/core-v1.ts';
import { formatDate, indent } from './lines.ts';

interface Shown {
  /** Of a pod; templates have none. */
  readonly statuses?: readonly ContainerStatus[];
  /** What values from the pod's own fields are taken from; a template's are not known. */
  readonly pod?: Pod;
  /** Before the names of containers: templates set them one blank further in. */
  readonly before?: string;
}

/** `Containers:` with all that is known of each. */
export function containerRows(label: string, containers: readonly Container[], shown: Shown = {}): string[] {
  if (containers.length === 0) return [];
  return [
    `${label}:`,
    ...containers.flatMap((container) => {
      const status = shown.statuses?.find(({ name }) => name === container.name);
      return [
        `  ${shown.before ?? ''}${container.name}:`,
        ...indent(
          [
            ...basics(container, status),
            ...command(container),
            ...(status ? statusRows(status) : []),
            ...resourceRows(container.resources),
            ...probes(container),
            ...environmentFrom(container),
            ...environment(container, shown.pod),
            ...mounts(container),
          ],
          2,
        ),
      ];
    }),
  ];
}

function basics(container: Container, status: ContainerStatus | undefined): string[] {
  const ports = container.ports ?? [];
  const list = (values: string[]): string => values.join(', ') || none;
  const plural = ports.length > 1 ? 's' : '';
  return [
    ...(status ? [`Container ID:\t${status.containerID ?? ''}`] : []),
    `Image:\t${container.image ?? ''}`,
    ...(status ? [`Image ID:\t${status.imageID ?? ''}`] : []),
    `Port${plural}:\t${list(ports.map((port) => `${port.containerPort}/${port.protocol}`))}`,
    `Host Port${plural}:\t${list(ports.map((port) => `${port.hostPort ?? 0}/${port.protocol}`))}`,
  ];
}

function command({ command: words = [], args = [] }: Container): string[] {
  const lines = (label: string, list: readonly string[]): string[] =>
    list.length === 0 ? [] : [`${label}:`, ...indent(list.flatMap((word) => word.split('\n')))];
  return [...lines('Command', words), ...lines('Args', args)];
}

function statusRows(status: ContainerStatus): string[] {
  const { lastState } = status;
  return [
    ...stateRows('State', status.state ?? {}),
    ...(lastState?.terminated ? stateRows('Last State', lastState) : []),
    `Ready:\t${status.ready ? 'True' : 'False'}`,
    `Restart Count:\t${status.restartCount}`,
  ];
}

function stateRows(label: string, { running, waiting, terminated }: ContainerState): string[] {
  if (running) return [`${label}:\tRunning`, `  Started:\t${formatDate(running.startedAt)}`];
  if (terminated)
    return [
      `${label}:\tTerminated`,
      ...(terminated.reason ? [`  Reason:\t${terminated.reason}`] : []),
      ...(terminated.message ? [`  Message:\t${terminated.message}`] : []),
      `  Exit Code:\t${terminated.exitCode}`,
      ...(terminated.signal ? [`  Signal:\t${terminated.signal}`] : []),
      `  Started:\t${formatDate(terminated.startedAt)}`,
      `  Finished:\t${formatDate(terminated.finishedAt)}`,
    ];
  return [`${label}:\tWaiting`, ...(waiting?.reason ? [`  Reason:\t${waiting.reason}`] : [])];
}

function resourceRows(resources: ResourceRequirements | undefined): string[] {
  const list = (label: string, amounts: Readonly<Record<string, string>> | undefined): string[] => {
    const names = Object.keys(amounts ?? {}).sort();
    return names.length === 0 ? [] : [`${label}:`, ...names.map((name) => `  ${name}:\t${amounts![name]}`)];
  };
  return [...list('Limits', resources?.limits), ...list('Requests', resources?.requests)];
}

function probes({ livenessProbe, readinessProbe, startupProbe }: Container): string[] {
  return [
    ...(livenessProbe ? [`Liveness:\t${probeText(livenessProbe)}`] : []),
    ...(readinessProbe ? [`Readiness:\t${probeText(readinessProbe)}`] : []),
    ...(startupProbe ? [`Startup:\t${probeText(startupProbe)}`] : []),
  ];
}

function probeText(probe: Probe): string {
  const { initialDelaySeconds = 0, timeoutSeconds, periodSeconds, successThreshold, failureThreshold } = probe;
  const times = `delay=${initialDelaySeconds}s timeout=${timeoutSeconds}s period=${periodSeconds}s #success=${successThreshold} #failure=${failureThreshold}`;
  const { exec, httpGet, tcpSocket, grpc } = probe;
  if (exec) return `exec [${(exec.command ?? []).join(' ')}] ${times}`;
  if (httpGet)
    return `http-get ${(httpGet.scheme ?? 'HTTP').toLowerCase()}://${httpGet.host ?? ''}:${httpGet.port}${httpGet.path ?? ''} ${times}`;
  if (tcpSocket) return `tcp-socket ${tcpSocket.host ?? ''}:${tcpSocket.port} ${times}`;
  if (grpc) return `grpc <pod>:${grpc.port} ${grpc.service ?? ''} ${times}`;
  return `unknown ${times}`;
}

function environmentFrom({ envFrom = [] }: Container): string[] {
  if (envFrom.length === 0) return [];
  return [
    'Environment Variables from:',
    ...envFrom.map(({ configMapRef, secretRef, prefix }) => {
      const from = configMapRef ? 'ConfigMap' : 'Secret';
      const ref = configMapRef ?? secretRef;
      return `  ${ref?.name ?? ''}\t${from}${prefix ? ` with prefix '${prefix}'` : ''}\tOptional: ${ref?.optional ?? false}`;
    }),
  ];
}

function environment({ env = [], ...container }: Container, pod: Pod | undefined): string[] {
  if (env.length === 0) return [`Environment:\t${none}`];
  return ['Environment:', ...env.flatMap((variable) => indent(variableRows(variable, container, pod)))];
}

function variableRows({ name, value = '', valueFrom }: EnvVar, container: Omit<Container, 'env'>, pod?: Pod): string[] {
  if (!valueFrom) {
    const [first, ...others] = value.split('\n');
    return [`${name}:\t${first}`, ...others.map((line) => `\t${line}`)];
  }
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom;
  if (fieldRef)
    return [`${name}:\t${pod ? fieldOf(pod, fieldRef.fieldPath) : ''} (${fieldRef.apiVersion}:${fieldRef.fieldPath})`];
  if (resourceFieldRef) {
    const { resource, divisor } = resourceFieldRef;
    return [`${name}:\t${resourceOf(container.resources, resource, divisor)} (${resource})`];
  }
  if (secretKeyRef)
    return [
      `${name}:\t<set to the key '${secretKeyRef.key}' in secret '${secretKeyRef.name}'>\tOptional: ${secretKeyRef.optional ?? false}`,
    ];
  if (configMapKeyRef)
    return [
      `${name}:\t<set to the key '${configMapKeyRef.key}' of config map '${configMapKeyRef.name}'>\tOptional: ${configMapKeyRef.optional ?? false}`,
    ];
  return [`${name}:\t`];
}

function fieldOf({ metadata, spec, status }: Pod, path: string): string {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (keyed) return metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2]!] ?? '';
  const values: Readonly<Record<string, string | undefined>> = {
    'metadata.name': metadata.name,
    'metadata.namespace': metadata.namespace,
    'metadata.uid': metadata.uid,
    'spec.nodeName': spec?.nodeName,
    'spec.serviceAccountName': spec?.serviceAccountName,
    'status.hostIP': status?.hostIP,
    'status.podIP': status?.podIP,
  };
  return values[path] ?? '';
}

/** An amount in units of the divisor, rounded up as in the container. */
function resourceOf(
  resources: ResourceRequirements | undefined,
  resource: string,
  divisor: string | undefined,
): string {
  const [of, name] = resource.split('.') as ['limits' | 'requests', string];
  const amount = resources?.[of]?.[name] ?? (of === 'requests' ? resources?.limits?.[name] : undefined);
  const unit = divisor && divisor !== '0' ? divisor : '1';
  if (amount === undefined) return '0';
  const ratio = name === 'cpu' ? milliValue(amount) / milliValue(unit) : quantityValue(amount) / quantityValue(unit);
  return String(Math.ceil(ratio));
}

function mounts({ volumeMounts = [], volumeDevices = [] }: Container): string[] {
  const byPath = [...volumeMounts].sort((a, b) => (a.mountPath < b.mountPath ? -1 : 1));
  return [
    `Mounts:${byPath.length === 0 ? `\t${none}` : ''}`,
    ...byPath.map((mount) => {
      const flags = [mount.readOnly ? 'ro' : 'rw', ...(mount.subPath ? [`path="${mount.subPath}"`] : [])];
      return `  ${mount.mountPath} from ${mount.name} (${flags.join(',')})`;
    }),
    ...(volumeDevices.length > 0
      ? ['Devices:', ...volumeDevices.map((device) => `  ${device.devicePath} from ${device.name}`)]
      : []),
  ];
}
