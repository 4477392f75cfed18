import type { DeepReadonly, KubeObject, ObjectKey } from '../../api/meta/object.ts';
import type { ResourceRef } from '../../api/resources/define-resource.ts';
import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/event-recorder.ts';
import type { InformerHandlers, InformerOptions, Lister } from '../../client/informer-contract.ts';
import type { Deps } from '../../component/deps.ts';

/** What a reconcile came to: finished for now, or to be looked at again after a known wait. Throwing means: retry with backoff. */
export type Result = { readonly kind: 'done' } | { readonly kind: 'again'; readonly afterMs: number };

export const done: Result = { kind: 'done' };
/** The key comes back after so many ms, or earlier where something changes; failures before no longer count. */
export const again = (afterMs: number): Result => ({ kind: 'again', afterMs });

/** Brings one key to its desired state. Reads caches, never events; running it twice changes nothing. */
export type Reconcile = (key: ObjectKey, signal: AbortSignal) => Promise<Result>;

/** What a controller is made with. Everything it reads comes from caches that have synced before its first reconcile. */
export interface ControllerDeps extends Deps {
  readonly client: Client;
  readonly events: EventRecorder;
  /** The cache of a resource; ask for it in `create`, not later. */
  lister<T extends KubeObject>(ref: ResourceRef<T>, options?: InformerOptions<T>): Lister<T>;
  /** Further reactions to changes of a resource (expectations); called after the cache has the change. Ask in `create`. */
  onChange<T extends KubeObject>(ref: ResourceRef<T>, handlers: InformerHandlers<T>): void;
  /** Puts a key on this controller's own queue, at once or later. */
  enqueue(key: ObjectKey, afterMs?: number): void;
  readonly config: ControllersConfig;
}

/** Flags of kube-controller-manager that controllers read. */
export interface ControllersConfig {
  /** PEM of the authority that goes into `kube-root-ca.crt`; empty: none. */
  readonly rootCa: string;
  /** Files of the authority that signs certificate requests; empty: none are signed. */
  readonly clusterSigningCertFile: string;
  readonly clusterSigningKeyFile: string;
  /** How long issued certificates are good for at the most, in ms. */
  readonly clusterSigningDurationMs: number;
  /** PEM of the key that signs service-account tokens in secrets; empty: none. */
  readonly serviceAccountPrivateKey: string;
  readonly nodeMonitorPeriodMs: number;
  readonly nodeMonitorGracePeriodMs: number;
  readonly nodeStartupGracePeriodMs: number;
  readonly terminatedPodGcThreshold: number;
}

/** Another resource whose changes concern this controller: which of its keys. */
export interface Watch {
  readonly ref: ResourceRef;
  /** Called for the new and, where there is one, the old state. */
  readonly keys: (object: DeepReadonly<KubeObject>, deps: ControllerDeps) => readonly ObjectKey[];
}

/** Keeps the types of the object together; see `Watch`. */
export function watch<T extends KubeObject>(
  ref: ResourceRef<T>,
  keys: (object: DeepReadonly<T>, deps: ControllerDeps) => readonly ObjectKey[],
): Watch {
  return { ref, keys: keys as Watch['keys'] };
}

export interface Controller<T extends KubeObject = KubeObject> {
  /** Upstream's name, as `--controllers` takes it: `replicaset-controller`. */
  readonly name: string;
  /** Its account in kube-system, to which the bootstrap policy gives its rights, where that is not its name. */
  readonly serviceAccount?: string;
  /** Every object of it is a key. Absent for controllers that only live off `watches` and `everyMs`. */
  readonly reconciles?: ResourceRef<T>;
  /** Objects whose controller ownerReference points at one of `reconciles`: a change concerns the owner. */
  readonly owns?: readonly ResourceRef[];
  readonly watches?: readonly Watch[];
  /** All keys again this often; without `reconciles` the key is `all`. */
  readonly everyMs?: number | ((config: ControllersConfig) => number);
  /** Keys worked on at the same time. */
  readonly workers?: number;
  /** Name of its queue in metrics, where it is not the name without `-controller`. */
  readonly queueName?: string;
  /** False where it runs only when `--controllers` names it. */
  readonly onByDefault?: boolean;
  create(deps: ControllerDeps): Reconcile;
}

/** The key of controllers without objects of their own. */
export const everything = 'all' as ObjectKey;

/** Keeps the types of the object together; see `Controller`. */
export function defineController<T extends KubeObject>(controller: Controller<T>): Controller {
  return controller as unknown as Controller;
}
