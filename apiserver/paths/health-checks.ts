import type { HealthCheck } from '../../component/health.ts';

/**
 * The post-start hooks of upstream, in the order in which its health answers list them. `start` marks those whose work a
 * server here has done once its cache is loaded, as part of the server itself: they hold from then on.
 */
const upstreamOrder = [
  ['poststarthook/start-apiserver-admission-initializer', 'start'],
  ['poststarthook/generic-apiserver-start-informers', 'start'],
  ['poststarthook/priority-and-fairness-config-consumer'],
  ['poststarthook/priority-and-fairness-filter', 'start'],
  ['poststarthook/storage-object-count-tracker-hook', 'start'],
  ['poststarthook/start-apiextensions-informers', 'start'],
  ['poststarthook/start-apiextensions-controllers', 'start'],
  ['poststarthook/crd-informer-synced', 'start'],
  ['poststarthook/start-system-namespaces-controller'],
  ['poststarthook/peer-endpoint-reconciler-controller', 'start'],
  ['poststarthook/start-cluster-authentication-info-controller', 'start'],
  ['poststarthook/start-kube-apiserver-identity-lease-controller'],
  ['poststarthook/start-kube-apiserver-identity-lease-garbage-collector', 'start'],
  ['poststarthook/storage-readiness', 'start'],
  ['poststarthook/start-legacy-token-tracking-controller'],
  ['poststarthook/start-service-ip-repair-controllers', 'start'],
  ['poststarthook/rbac/bootstrap-roles'],
  ['poststarthook/scheduling/bootstrap-system-priority-classes'],
  ['poststarthook/priority-and-fairness-config-producer'],
  ['poststarthook/bootstrap-controller'],
  ['poststarthook/start-kubernetes-service-cidr-controller'],
  ['poststarthook/start-kube-aggregator-informers', 'start'],
  ['poststarthook/apiservice-status-local-available-controller', 'start'],
  ['poststarthook/apiservice-status-remote-available-controller'],
  ['poststarthook/apiservice-registration-controller'],
  ['poststarthook/apiservice-discovery-controller', 'start'],
  ['poststarthook/kube-apiserver-autoregistration', 'start'],
  ['autoregister-completion', 'start'],
  ['poststarthook/apiservice-openapi-controller', 'start'],
  ['poststarthook/apiservice-openapiv3-controller', 'start'],
] as const;

/**
 * The checks of hooks among those that upstream has, in its order, so that whoever asks for one by its name or excludes
 * it gets the same answer. Hooks that upstream does not have come last.
 */
export function orderHookChecks(hooks: readonly HealthCheck[], isLoaded: () => boolean): HealthCheck[] {
  const left = new Map(hooks.map((hook) => [hook.name, hook]));
  const ordered = upstreamOrder.flatMap(([name, how]): HealthCheck[] => {
    const hook = left.get(name);
    left.delete(name);
    if (hook) return [hook];
    if (how !== 'start') return [];
    const check = (): void => {
      if (!isLoaded()) throw new Error('not finished');
    };
    return [{ name, check }];
  });
  return [...ordered, ...left.values()];
}
