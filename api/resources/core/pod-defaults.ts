import type {
  Container,
  ContainerStatus,
  EnvVar,
  EphemeralContainer,
  HTTPGetAction,
  LifecycleHandler,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Probe,
} from '../../schema/generated/core-v1.ts';
import { nullTimes } from '../strategy.ts';
import { defaultPullPolicy } from './image-reference.ts';
import { setPodLevelResourceDefaults } from './pod-resources.ts';
import { defaultRequestsToLimits, roundResourceList } from './resource-list-defaults.ts';
import { setVolumeDefaults } from './volume-defaults.ts';

/** Fills a pod. What it does beyond a template's defaults belongs to pods that run: requests, host ports. */
export function setPodDefaults(pod: Pod): void {
  const spec = (pod.spec ??= {} as PodSpec);
  setPodSpecDefaults(spec);
  // Templates keep what they say.
  if (spec.terminationGracePeriodSeconds! < 0) spec.terminationGracePeriodSeconds = 1;
  for (const container of spec.containers) defaultRequestsToLimits(container.resources);
  if (spec.initContainers) for (const container of spec.initContainers) defaultRequestsToLimits(container.resources);
  setPodLevelResourceDefaults(spec);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork) {
    setHostPorts(spec.containers);
    setHostPorts(spec.initContainers);
  }
  const status = (pod.status ??= {});
  // The singular field is the older one, and its writers know no other: it wins.
  if (status.podIP && status.podIPs?.[0]?.ip !== status.podIP) status.podIPs = [{ ip: status.podIP }];
  else if (!status.podIP && status.podIPs?.length) status.podIP = status.podIPs[0]!.ip;
  for (const condition of status.conditions ?? []) nullTimes(condition, 'lastProbeTime', 'lastTransitionTime');
  status.containerStatuses?.forEach(setContainerStatusDefaults);
  status.initContainerStatuses?.forEach(setContainerStatusDefaults);
  status.ephemeralContainerStatuses?.forEach(setContainerStatusDefaults);
}

/** Fills the template of a workload. */
export function setPodTemplateDefaults(template: PodTemplateSpec): void {
  template.metadata ??= {};
  setPodSpecDefaults((template.spec ??= {} as PodSpec));
}

function setPodSpecDefaults(spec: PodSpec): void {
  spec.containers ??= [];
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.restartPolicy ||= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= 'default-scheduler';
  // The old name of the same field: what either says, both say.
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  else if (spec.serviceAccount) spec.serviceAccountName = spec.serviceAccount;
  roundResourceList(spec.overhead);
  for (const container of spec.containers) setContainerDefaults(container);
  if (spec.initContainers) for (const container of spec.initContainers) setContainerDefaults(container);
  if (spec.ephemeralContainers) for (const container of spec.ephemeralContainers) setContainerDefaults(container);
  if (spec.volumes) for (const volume of spec.volumes) setVolumeDefaults(volume);
  if (spec.imagePullSecrets) for (const reference of spec.imagePullSecrets) reference.name ??= '';
}

function setContainerDefaults(container: Container | EphemeralContainer): void {
  container.imagePullPolicy ||= defaultPullPolicy(container.image);
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  const resources = (container.resources ??= {});
  roundResourceList(resources.limits);
  roundResourceList(resources.requests);
  if (container.ports) for (const port of container.ports) port.protocol ||= 'TCP';
  if (container.env) for (const variable of container.env) setEnvDefaults(variable);
  if (container.envFrom) {
    for (const { configMapRef, secretRef } of container.envFrom) {
      if (configMapRef) configMapRef.name ??= '';
      if (secretRef) secretRef.name ??= '';
    }
  }
  if (container.livenessProbe) setProbeDefaults(container.livenessProbe);
  if (container.readinessProbe) setProbeDefaults(container.readinessProbe);
  if (container.startupProbe) setProbeDefaults(container.startupProbe);
  if (container.lifecycle) {
    setHandlerDefaults(container.lifecycle.postStart);
    setHandlerDefaults(container.lifecycle.preStop);
  }
}

function setEnvDefaults({ valueFrom }: EnvVar): void {
  if (!valueFrom) return;
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = valueFrom;
  if (fieldRef) fieldRef.apiVersion ||= 'v1';
  if (resourceFieldRef) resourceFieldRef.divisor ??= '0';
  if (configMapKeyRef) configMapKeyRef.name ??= '';
  if (secretKeyRef) secretKeyRef.name ??= '';
  if (fileKeyRef) fileKeyRef.optional ??= false;
}

function setProbeDefaults(probe: Probe): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.grpc) probe.grpc.service ??= '';
  setHttpGetDefaults(probe.httpGet);
}

function setHandlerDefaults(handler: LifecycleHandler | undefined): void {
  setHttpGetDefaults(handler?.httpGet);
}

function setHttpGetDefaults(action: HTTPGetAction | undefined): void {
  if (!action) return;
  action.path ||= '/';
  action.scheme ||= 'HTTP';
}

/** On the host's network a port of the container is a port of the host. */
function setHostPorts(containers: readonly Container[] | undefined): void {
  for (const { ports } of containers ?? []) for (const port of ports ?? []) port.hostPort ||= port.containerPort;
}

function setContainerStatusDefaults(status: ContainerStatus): void {
  status.name ??= '';
  status.state ??= {};
  status.lastState ??= {};
  status.ready ??= false;
  status.restartCount ??= 0;
  status.image ??= '';
  status.imageID ??= '';
  for (const { running, terminated } of [status.state, status.lastState]) {
    if (running) nullTimes(running, 'startedAt');
    if (terminated) nullTimes(terminated, 'startedAt', 'finishedAt');
  }
  roundResourceList(status.allocatedResources);
  roundResourceList(status.resources?.limits);
  roundResourceList(status.resources?.requests);
}
