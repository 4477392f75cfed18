import type { AnyObject } from '../../api/meta/object.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { Client } from '../../client/client.ts';
import type { Deps } from '../../component/deps.ts';
import type { User } from '../authenticators/authenticator.ts';
import type { AuthorizerChain } from '../authorizers/authorizer-chain.ts';
import type { AdmissionConfiguration } from './admission-configuration.ts';
import type { CacheReader } from '../storage/cache-reader.ts';

export const operations = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const;
export type Operation = (typeof operations)[number];

/** What admission is asked about: `admission.k8s.io` AdmissionRequest in our words. */
export interface AdmissionRequest {
  readonly operation: Operation;
  readonly row: ResourceRow;
  readonly subresource: string;
  readonly namespace: string;
  /** Empty on a create with generateName, and on deletecollection. */
  readonly name: string;
  readonly user: User;
  readonly dryRun: boolean;
  /** The object as it would be stored; mutating plugins change it in place. Absent on DELETE. */
  readonly object?: AnyObject;
  readonly oldObject?: AnyObject;
  readonly options?: Readonly<Record<string, unknown>>;
  /** Texts for `Warning` headers. */
  warn(text: string): void;
  /** For the audit event, `plugin.k8s.io/key`. */
  annotate(key: string, value: string): void;
}

/** Refuses by throwing an ApiError (usually Forbidden or Invalid), with upstream's words. */
export interface AdmissionPlugin {
  readonly name: string;
  handles(request: Pick<AdmissionRequest, 'operation' | 'row' | 'subresource'>): boolean;
  /** Changes the object. Runs before validation, for all plugins in order. */
  admit?(request: AdmissionRequest): Promise<void> | void;
  /** Only says yes or no. Runs after validation. */
  validate?(request: AdmissionRequest): Promise<void> | void;
  /** Lets go of connections. */
  close?(): Promise<void> | void;
}

export interface AdmissionDeps extends Deps {
  readonly cache: CacheReader;
  /** As system:apiserver, in process. */
  readonly client: Client;
  readonly authorizer: AuthorizerChain;
  /** Settings of plugins by name; a plugin that has none is as it is by default. */
  readonly configuration?: AdmissionConfiguration;
}

/** A line of the registry (`admission/index.ts`); the array is the order in which plugins run. */
export interface AdmissionEntry {
  readonly name: string;
  readonly onByDefault: boolean;
  create(deps: AdmissionDeps): AdmissionPlugin;
}
