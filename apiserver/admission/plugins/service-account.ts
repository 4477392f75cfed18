import type { DeepReadonly } from '../../../api/meta/object.ts';
import { serviceAccounts } from '../../../api/resources/core/service-account.ts';
import { tokenVolume } from '../../../api/resources/core/token-volume.ts';
import type { Container, Pod, ServiceAccount } from '../../../api/schema/generated/core-v1.ts';
import { containersOf, mirrorPodAnnotation, podReferences } from '../../authorizers/pod-references.ts';
import type { AdmissionDeps, AdmissionPlugin, AdmissionRequest } from '../admission.ts';
import { isPod } from '../pods.ts';
import { refuse } from '../refuse.ts';

const defaultName = 'default';
const tokenMountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const tokenVolumePrefix = 'kube-api-access-';
const enforceMountableSecrets = 'kubernetes.io/enforce-mountable-secrets';
/** The account a controller makes for a new namespace may be on its way. */
const waitForDefaultMs = 1500;

/** Gives every pod a service account, that account's token and its pull secrets. */
export function createServiceAccount(deps: AdmissionDeps): AdmissionPlugin {
  const accountOf = async (request: AdmissionRequest, name: string): Promise<DeepReadonly<ServiceAccount>> => {
    const found = await findAccount(deps, request.namespace, name);
    if (found) return found;
    throw refuse(
      request,
      `error looking up service account ${request.namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`,
    );
  };
  /** Calls `use` with the account: at once where the cache has it, as it nearly always has. */
  const withAccount = (
    request: AdmissionRequest,
    name: string,
    use: (account: DeepReadonly<ServiceAccount>) => void,
  ): Promise<void> | void => {
    const known = deps.cache.get(serviceAccounts, { namespace: request.namespace, name });
    return known ? use(known) : accountOf(request, name).then(use);
  };
  const checkSecrets = (request: AdmissionRequest, pod: Pod, name: string): Promise<void> | void =>
    withAccount(request, name, (account) => {
      if (limitsSecrets(account)) limitSecrets(request, pod, account);
    });
  const validateCreate = (request: AdmissionRequest): Promise<void> | void => {
    const pod = request.object as unknown as Pod;
    if (isMirror(pod)) return validateMirrorPod(request, pod);
    const name = pod.spec?.serviceAccountName;
    if (!name)
      throw refuse(request, `no service account specified for pod ${request.namespace}/${pod.metadata.name ?? ''}`);
    return checkSecrets(request, pod, name);
  };
  return {
    name: 'ServiceAccount',
    handles: ({ operation, row, subresource }) =>
      isPod(row) &&
      ((operation === 'CREATE' && subresource === '') ||
        (operation === 'UPDATE' && subresource === 'ephemeralcontainers')),
    admit: (request) => {
      const pod = request.object as unknown as Pod;
      if (request.operation === 'UPDATE' || !pod.spec) return;
      // A kubelet deletes a mirror pod that does not read as it wrote it.
      if (isMirror(pod)) return validateMirrorPod(request, pod);
      const name = pod.spec.serviceAccountName || pod.spec.serviceAccount || defaultName;
      const { spec } = pod;
      spec.serviceAccountName = name;
      spec.serviceAccount = name;
      return withAccount(request, name, (account) => {
        if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) {
          mountToken(pod, () => tokenVolumePrefix + deps.random.suffix(5));
        }
        if (!spec.imagePullSecrets?.length && account.imagePullSecrets?.length) {
          spec.imagePullSecrets = account.imagePullSecrets.map(({ name }) => ({ name }));
        }
      });
    },
    validate: (request) => {
      if (request.operation === 'CREATE') return validateCreate(request);
      const pod = request.object as unknown as Pod;
      return checkSecrets(request, pod, pod.spec?.serviceAccountName || defaultName);
    },
  };
}

async function findAccount(
  { cache, clock }: AdmissionDeps,
  namespace: string,
  name: string,
): Promise<DeepReadonly<ServiceAccount> | undefined> {
  const at = { namespace, name };
  const found = cache.get(serviceAccounts, at) ?? (await cache.getNewest(serviceAccounts, at));
  if (found || name !== defaultName) return found;
  return new Promise((resolve) => {
    const timer = clock.after(waitForDefaultMs, () => settle(undefined));
    const stopListening = cache.onChange(serviceAccounts, ({ current }) => {
      if (current?.metadata.name === name && current.metadata.namespace === namespace) settle(current);
    });
    const settle = (account: DeepReadonly<ServiceAccount> | undefined): void => {
      timer.cancel();
      stopListening();
      resolve(account);
    };
    // It may have come between the read and the listening.
    const late = cache.get(serviceAccounts, at);
    if (late) settle(late);
  });
}

function isMirror(pod: Pod): boolean {
  return pod.metadata.annotations?.[mirrorPodAnnotation] !== undefined;
}

function mountToken(pod: Pod, makeName: () => string): void {
  const spec = pod.spec!;
  const existing = spec.volumes?.find((volume) => volume.name.startsWith(tokenVolumePrefix))?.name;
  const name = existing ?? makeName();
  let isNeeded = false;
  const mount = (container: Container): void => {
    if (container.volumeMounts?.some(({ mountPath }) => mountPath === tokenMountPath)) return;
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: tokenMountPath }];
    isNeeded = true;
  };
  spec.initContainers?.forEach(mount);
  spec.containers.forEach(mount);
  if (isNeeded && existing === undefined) spec.volumes = [...(spec.volumes ?? []), { name, projected: tokenVolume }];
}

function validateMirrorPod(request: AdmissionRequest, pod: Pod): void {
  if (pod.spec?.serviceAccountName) throw refuse(request, 'a mirror pod may not reference service accounts');
  const { [mirrorPodAnnotation]: _, ...annotations } = pod.metadata.annotations ?? {};
  const references = podReferences({ ...pod, metadata: { ...pod.metadata, annotations } });
  if (references.secrets.size) throw refuse(request, 'a mirror pod may not reference secrets');
  const usesToken = pod.spec?.volumes?.some((v) => v.projected?.sources?.some((source) => source.serviceAccountToken));
  if (usesToken) throw refuse(request, 'a mirror pod may not use ServiceAccountToken volume projections');
}

/** As Go reads a boolean. */
function limitsSecrets({ metadata }: DeepReadonly<ServiceAccount>): boolean {
  return ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(metadata.annotations?.[enforceMountableSecrets] ?? '');
}

/** The account says which secrets its pods may use, and means it. */
function limitSecrets(request: AdmissionRequest, pod: Pod, account: DeepReadonly<ServiceAccount>): void {
  const mountable = new Set(account.secrets?.map(({ name }) => name));
  const pullable = new Set(account.imagePullSecrets?.map(({ name }) => name));
  const because = `is not allowed because service account ${account.metadata.name} does not reference that`;
  for (const { secret } of pod.spec?.volumes ?? []) {
    if (secret?.secretName && !mountable.has(secret.secretName)) {
      throw refuse(request, `volume with secret.secretName="${secret.secretName}" ${because} secret`);
    }
  }
  const inits = new Set<unknown>(pod.spec?.initContainers);
  const ephemeral = new Set<unknown>(pod.spec?.ephemeralContainers);
  for (const container of containersOf(pod)) {
    const kind = inits.has(container)
      ? 'init container'
      : ephemeral.has(container)
        ? 'ephemeral container'
        : 'container';
    for (const { name, valueFrom } of container.env ?? []) {
      const secret = valueFrom?.secretKeyRef?.name;
      if (secret && !mountable.has(secret)) {
        throw refuse(
          request,
          `${kind} ${container.name} with envVar ${name} referencing secret.secretName="${secret}" ${because} secret`,
        );
      }
    }
    for (const { secretRef } of container.envFrom ?? []) {
      if (secretRef?.name && !mountable.has(secretRef.name)) {
        throw refuse(
          request,
          `${kind} ${container.name} with envFrom referencing secret.secretName="${secretRef.name}" ${because} secret`,
        );
      }
    }
  }
  pod.spec?.imagePullSecrets?.forEach(({ name }, i) => {
    if (!pullable.has(name)) throw refuse(request, `imagePullSecrets[${i}].name="${name}" ${because} imagePullSecret`);
  });
}
