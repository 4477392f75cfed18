import { ApiError, badRequest, invalid, notFound } from '../../api/meta/errors.ts';
import { invalidValue, type FieldError } from '../../api/meta/field-error.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import { nodes } from '../../api/resources/core/node.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { secrets } from '../../api/resources/core/secret.ts';
import type { TokenRequest, TokenRequestSpec } from '../../api/schema/generated/authentication-v1.ts';
import type { Pod } from '../../api/schema/generated/core-v1.ts';
import { formatTime } from '../../api/meta/time.ts';
import { admit, validateAdmission } from '../rest/admit.ts';
import { matchNamespace } from '../rest/create.ts';
import { methodNotAllowed } from '../rest/path-errors.ts';
import { readObject } from '../rest/read-body.ts';
import { negotiateObject, respondObject } from '../rest/respond.ts';
import type { RestDeps } from '../rest/rest-deps.ts';
import type { RestRequest } from '../rest/rest-request.ts';
import { writeOptionsOf } from '../rest/write-options.ts';
import type { TokenSubject } from '../service-accounts/service-account-tokens.ts';
import type { Subresource } from './subresource.ts';

const tokenRequest = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenRequest',
  typeName: 'io.k8s.api.authentication.v1.TokenRequest',
} as const;

const defaultSeconds = 3600;
const minSeconds = 600;
const maxSeconds = 2 ** 32;
/** The life that the ServiceAccount plugin asks for; only such tokens may be extended. */
const injectedSeconds = 3607;
const extendedSeconds = 365 * 24 * 3600;

/** Issues a token of a service account, on its own or bound to a pod, secret or node. */
export const tokenSubresource: Subresource = {
  name: 'token',
  handle: async (deps, request) => {
    if (request.http.method !== 'POST') throw methodNotAllowed();
    const form = negotiateObject(deps, request);
    const options = writeOptionsOf(request, 'CreateOptions');
    const body = await readObject(deps.codec, request.http, tokenRequest, {
      fieldValidation: options.fieldValidation,
      warnings: request.warnings,
    });
    matchNamespace(request, body);
    const spec = ((body as unknown as TokenRequest).spec ??= {});
    spec.expirationSeconds ??= defaultSeconds;
    const object = deps.fieldManager.update({
      typeName: tokenRequest.typeName,
      apiVersion: 'authentication.k8s.io/v1',
      live: undefined,
      next: body,
      manager: options.fieldManager,
      subresource: 'token',
      nowMs: deps.clock.now(),
    });
    const { operation, dryRun } = { operation: 'CREATE', dryRun: options.dryRun } as const;
    await admit(deps, request, { operation, object, dryRun, options: options.options });
    const answer = await issueToken(deps, request, object, () =>
      validateAdmission(deps, request, { operation, object, dryRun, options: options.options }),
    );
    return respondObject(deps, request, form, answer, 201);
  },
};

async function issueToken(
  deps: RestDeps,
  request: RestRequest,
  object: AnyObject,
  validate: () => Promise<void>,
): Promise<AnyObject> {
  const { name, namespace } = request;
  const tokens = deps.serviceAccountTokens;
  if (!tokens) throw methodNotAllowed();
  const { metadata } = object;
  const misnamed = validateMetadata(object, request);
  if (misnamed.length) throw invalid(tokenRequest, name, misnamed);

  const account = await find(deps, request.row, { namespace, name });
  const spec = (object as unknown as TokenRequest).spec as Required<TokenRequestSpec>;
  if (!spec.audiences?.length) spec.audiences = [...tokens.options.apiAudiences];
  const nowMs = deps.clock.now();
  object.metadata = {
    ...metadata,
    name,
    namespace,
    uid: account.metadata.uid,
    creationTimestamp: formatTime(nowMs),
  };
  const errors = validateSpec(spec);
  if (errors.length) throw invalid(tokenRequest, '', errors);
  await validate();

  const bound = await bindTo(deps, request, spec);
  const longest = tokens.options.maxExpirationSeconds ?? 0;
  if (longest > 0 && spec.expirationSeconds > longest) {
    request.warnings.push(`requested expiration of ${spec.expirationSeconds} seconds shortened to ${longest} seconds`);
    spec.expirationSeconds = longest;
  }
  const isExtended =
    (tokens.options.extendExpiration ?? true) &&
    bound.pod !== undefined &&
    spec.expirationSeconds === injectedSeconds &&
    spec.audiences.every((audience) => tokens.options.apiAudiences.includes(audience));
  const { token } = tokens.issue({
    namespace,
    serviceAccount: { name, uid: account.metadata.uid! },
    audiences: spec.audiences,
    lifetimeSeconds: isExtended ? extendedSeconds : spec.expirationSeconds,
    ...(isExtended ? { warnAfterSeconds: spec.expirationSeconds } : {}),
    ...bound,
  });
  const expirationTimestamp = formatTime(nowMs + spec.expirationSeconds * 1000);
  return {
    ...object,
    spec: { ...spec, boundObjectRef: spec.boundObjectRef ?? null },
    status: { token, expirationTimestamp },
  };
}

function validateMetadata({ metadata }: AnyObject, { name }: RestRequest): FieldError[] {
  if (!metadata.name || metadata.name === name) return [];
  return [invalidValue('metadata.name', metadata.name, 'must match the service account name if specified')];
}

function validateSpec({ expirationSeconds }: Required<TokenRequestSpec>): FieldError[] {
  const field = 'spec.expirationSeconds';
  if (expirationSeconds < minSeconds) {
    return [invalidValue(field, expirationSeconds, 'may not specify a duration less than 10 minutes')];
  }
  if (expirationSeconds > maxSeconds) {
    return [invalidValue(field, expirationSeconds, 'may not specify a duration larger than 2^32 seconds')];
  }
  return [];
}

/** The objects the token dies with. @throws ApiError NotFound, BadRequest, Conflict */
async function bindTo(
  deps: RestDeps,
  { name: accountName, namespace }: RestRequest,
  spec: TokenRequestSpec,
): Promise<Pick<TokenSubject, 'pod' | 'secret' | 'node'>> {
  const reference = spec.boundObjectRef;
  if (!reference) return {};
  const { kind = '', name = '', uid } = reference;
  const { group, version } = groupVersionOf(reference.apiVersion);
  const checked = (object: AnyObject): { name: string; uid: string } => {
    if (uid && uid !== object.metadata.uid) throw uidConflict(kind, name, uid);
    return { name, uid: object.metadata.uid! };
  };
  if (group === '' && kind === 'Pod') {
    const pod = await find(deps, row(pods), { namespace, name });
    const { serviceAccountName, nodeName } = (pod as unknown as Pod).spec!;
    if (serviceAccountName !== accountName) {
      throw badRequest(
        `cannot bind token for serviceaccount ${JSON.stringify(accountName)} to pod running with different serviceaccount name.`,
      );
    }
    const bound = { pod: checked(pod) };
    if (!nodeName) return bound;
    const node = await lookUp(deps, row(nodes), { namespace: '', name: nodeName });
    // The node may be gone already, or never have been registered; it is only told about.
    return { ...bound, node: { name: nodeName, ...(node ? { uid: node.metadata.uid! } : {}) } };
  }
  if (group === '' && kind === 'Node') {
    return { node: checked(await find(deps, row(nodes), { namespace: '', name })) };
  }
  if (group === '' && kind === 'Secret') {
    return { secret: checked(await find(deps, row(secrets), { namespace, name })) };
  }
  throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
}

/** As upstream reads it: the version says nothing here, and what cannot be read is as good as nothing. */
function groupVersionOf(apiVersion = ''): { group: string; version: string } {
  const [first = '', second, ...more] = apiVersion.split('/');
  if (more.length) return { group: '', version: '' };
  return second === undefined ? { group: '', version: first } : { group: first, version: second };
}

function uidConflict(kind: string, name: string, uid: string): ApiError {
  const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  return new ApiError('Conflict', `Operation cannot be fulfilled on ${kind} ${JSON.stringify(name)}: ${why}`, {
    details: { name, kind },
  });
}

const row = (ref: { readonly kind: string }): ResourceRow => ref as ResourceRow;

async function find(deps: RestDeps, of: ResourceRow, at: { namespace: string; name: string }): Promise<AnyObject> {
  const found = await lookUp(deps, of, at);
  if (!found) throw notFound(of, at.name);
  return found;
}

/** From the cache, or the store where the cache has not seen it yet. */
async function lookUp(
  deps: RestDeps,
  of: ResourceRow,
  at: { namespace: string; name: string },
): Promise<AnyObject | undefined> {
  const stored = deps.objects.cached(of, at) ?? (await deps.objects.newest(of, at));
  return stored && deps.objects.parse(stored);
}
