import type { FieldManager } from '../../api/apply/managed-fields.ts';
import type { ConversionCheck } from '../../api/patch/conversion-error.ts';
import type { StrategicMerge } from '../../api/patch/strategic-merge-patch.ts';
import type { Codec } from '../../api/schema/codec.ts';
import type { Deps } from '../../component/deps.ts';
import type { Admission } from '../admission/create-admission.ts';
import type { Authenticator } from '../authenticators/authenticator.ts';
import type { AuthorizerChain } from '../authorizers/authorizer-chain.ts';
import type { ServiceAccountTokens } from '../service-accounts/service-account-tokens.ts';
import type { KubeletClient } from '../kubelets/kubelet-client.ts';
import type { BlockPool } from './block-pool.ts';
import type { ResourceIndex } from './resource-index.ts';
import type { ObjectStore } from './object-store.ts';
import type { StorageHooks } from './storage-hooks.ts';

/** What the verbs stand on. */
export interface RestDeps extends Deps {
  readonly codec: Codec;
  readonly objects: ObjectStore;
  readonly resources: ResourceIndex;
  readonly admission: Admission;
  readonly authenticator: Authenticator;
  readonly authorizer: AuthorizerChain;
  /** Absent where no key of service accounts is given: then none are issued. */
  readonly serviceAccountTokens?: ServiceAccountTokens;
  readonly fieldManager: FieldManager;
  readonly strategicMerge: StrategicMerge;
  /** Why a strategically patched document is no object of its type. */
  readonly conversionCheck: ConversionCheck;
  readonly hooks: StorageHooks;
  /** For logs, exec and the like. */
  readonly kubelets: KubeletClient;
  /** What long answers are written into. */
  readonly blocks: BlockPool;
  readonly minRequestTimeoutSeconds: number;
  readonly eventTtlSeconds: number;
}
