import type { DeepReadonly, KubeObject } from '../../api/meta/object.ts';
import { nodes } from '../../api/resources/core/node.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { secrets } from '../../api/resources/core/secret.ts';
import { serviceAccounts } from '../../api/resources/core/service-account.ts';
import type { CacheReader } from '../storage/cache-reader.ts';
import type { KubernetesClaim } from './kubernetes-claim.ts';

const invalidated = 'service account token has been invalidated';

type Found = DeepReadonly<KubeObject> | undefined;
type BoundObjects = { readonly account: Found; readonly secret: Found; readonly pod: Found; readonly node: Found };

/**
 * Why a token is no longer good, or undefined. Asks the cache; a no is asked again of the store, since the cache may not
 * have seen a new account yet. What has been deleted after `deletedBeforeMs` still counts as there.
 */
export function checkBinding(
  cache: CacheReader,
  claim: KubernetesClaim,
  deletedBeforeMs: number,
): string | undefined | Promise<string | undefined> {
  const { namespace, serviceaccount, pod, secret, node } = claim;
  const at = (reference: { readonly name?: string } | undefined): { namespace?: string; name: string } | undefined =>
    reference?.name ? { namespace, name: reference.name } : undefined;
  const [accountAt, secretAt, podAt, nodeAt] = [at(serviceaccount), at(secret), at(pod), pod ? undefined : at(node)];
  const reason = reasonAgainst(claim, deletedBeforeMs, {
    account: accountAt && cache.get(serviceAccounts, accountAt),
    secret: secretAt && cache.get(secrets, secretAt),
    pod: podAt && cache.get(pods, podAt),
    node: nodeAt && cache.get(nodes, { name: nodeAt.name }),
  });
  if (!reason) return undefined;
  return Promise.all([
    accountAt && cache.getNewest(serviceAccounts, accountAt),
    secretAt && cache.getNewest(secrets, secretAt),
    podAt && cache.getNewest(pods, podAt),
    nodeAt && cache.getNewest(nodes, { name: nodeAt.name }),
  ]).then(([account, secretFound, podFound, nodeFound]) =>
    reasonAgainst(claim, deletedBeforeMs, { account, secret: secretFound, pod: podFound, node: nodeFound }),
  );
}

function reasonAgainst(claim: KubernetesClaim, deletedBeforeMs: number, found: BoundObjects): string | undefined {
  const { serviceaccount, pod, secret, node } = claim;
  const isGone = ({ metadata }: DeepReadonly<KubeObject>): boolean =>
    metadata.deletionTimestamp !== undefined && Date.parse(metadata.deletionTimestamp) < deletedBeforeMs;
  const { account } = found;
  if (!account) return `serviceaccounts ${JSON.stringify(serviceaccount?.name)} not found`;
  if (account.metadata.uid !== serviceaccount?.uid) {
    return `service account UID (${account.metadata.uid}) does not match claim (${serviceaccount?.uid})`;
  }
  if (isGone(account)) return 'service account has been deleted';
  for (const [what, reference, object] of [
    ['secret', secret, found.secret],
    ['pod', pod, found.pod],
    // With a pod, the node is only told about.
    ['node', pod ? undefined : node, found.node],
  ] as const) {
    if (!reference) continue;
    if (!object || isGone(object)) return invalidated;
    if (object.metadata.uid !== reference.uid) {
      return `${what} UID (${object.metadata.uid}) does not match service account ${what} ref claim (${reference.uid})`;
    }
  }
  return undefined;
}
