import type { AnyObject, KubeObject } from '../../api/meta/object.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { Admission } from '../../apiserver/admission/create-admission.ts';
import type { AdmissionDeps, AdmissionPlugin, AdmissionRequest } from '../../apiserver/admission/admission.ts';
import { createUser } from '../../apiserver/authenticators/authenticator.ts';
import type { AuthorizerChain } from '../../apiserver/authorizers/authorizer-chain.ts';
import { alwaysAllowAuthorizer } from '../../apiserver/authorizers/always-allow-authorizer.ts';
import type { Client } from '../../client/client.ts';
import { FakeCacheReader } from './fake-cache-reader.ts';
import { createTestDeps } from './test-deps.ts';

export interface TestAdmissionDeps extends AdmissionDeps {
  readonly cache: FakeCacheReader;
}

/** Deps of a plugin over a fake cache; a client call fails unless a client is given. */
export function createAdmissionDeps(
  options: {
    readonly authorizer?: AuthorizerChain;
    readonly client?: Partial<Client>;
    readonly clock?: AdmissionDeps['clock'];
  } = {},
): TestAdmissionDeps {
  return {
    ...createTestDeps(options.clock ? { clock: options.clock } : {}),
    cache: new FakeCacheReader(),
    authorizer: options.authorizer ?? alwaysAllowAuthorizer,
    client: (options.client ?? {}) as Client,
  };
}

export interface TestAdmissionRequest extends AdmissionRequest {
  readonly warnings: string[];
  readonly annotations: Record<string, string>;
}

/** A create (or what `more` says) of an object, by a plain user. */
export function admissionRequest(
  row: { readonly kind: string },
  object: KubeObject | undefined,
  more: Partial<AdmissionRequest> = {},
): TestAdmissionRequest {
  const warnings: string[] = [];
  const annotations: Record<string, string> = {};
  const metadata = object?.metadata ?? more.oldObject?.metadata ?? {};
  return {
    operation: 'CREATE',
    row: row as ResourceRow,
    subresource: '',
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    user: createUser({ name: 'jane', groups: ['system:authenticated'] }),
    dryRun: false,
    object: object as AnyObject | undefined,
    warn: (text) => void warnings.push(text),
    annotate: (key, value) => void (annotations[key] = value),
    warnings,
    annotations,
    ...more,
  };
}

/** Both sides of a plugin (or of the whole chain), if it handles the request. */
export async function run(plugin: AdmissionPlugin | Admission, request: AdmissionRequest): Promise<void> {
  if (!plugin.handles(request)) return;
  await plugin.admit?.(request);
  await plugin.validate?.(request);
}
