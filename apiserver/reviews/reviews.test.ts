import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import type { KubeObject } from '../../api/meta/object.ts';
import { resourcePath } from '../../api/resources/define-resource.ts';
import { selfSubjectReviews } from '../../api/resources/authentication/self-subject-review.ts';
import { tokenReviews } from '../../api/resources/authentication/token-review.ts';
import { localSubjectAccessReviews } from '../../api/resources/authorization/local-subject-access-review.ts';
import { selfSubjectAccessReviews } from '../../api/resources/authorization/self-subject-access-review.ts';
import { selfSubjectRulesReviews } from '../../api/resources/authorization/self-subject-rules-review.ts';
import { subjectAccessReviews } from '../../api/resources/authorization/subject-access-review.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { secrets } from '../../api/resources/core/secret.ts';
import { serviceAccounts } from '../../api/resources/core/service-account.ts';
import type { TokenRequest } from '../../api/schema/generated/authentication-v1.ts';
import { startTestApiServer, type TestApiServer } from '../../test/support/api-server.ts';

const issuer = 'https://kubernetes.default.svc.cluster.local';

describe('who may do what, over HTTPS', () => {
  let server: TestApiServer;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'k8ts-reviews-'));
    const keyFile = join(folder, 'sa.key');
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    server = await startTestApiServer({
      config: {
        authorizationModes: ['Node', 'RBAC'],
        serviceAccounts: { issuers: [issuer], apiAudiences: [issuer], signingKeyFile: keyFile, keyFiles: [keyFile] },
      },
    });
    await server.client.create(namespaces, { metadata: { name: 'a' } });
    await server.client.create(serviceAccounts, { metadata: { namespace: 'a', name: 'bot' } });
  });
  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const as = async (
    headers: Record<string, string>,
    ref: KubeObject & object,
    path: string,
  ): Promise<Record<string, never>> => {
    const answer = await server.client.raw({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(ref),
    });
    return JSON.parse(await answer.text()) as Record<string, never>;
  };
  const requestToken = (spec: TokenRequest['spec'], name = 'bot'): Promise<TokenRequest> =>
    server.client.createSubresource<TokenRequest>(
      serviceAccounts,
      { namespace: 'a', name, subresource: 'token' },
      { spec },
    );

  it('answers who one is', async () => {
    const answer = await server.client.create(selfSubjectReviews, { metadata: {} });
    assert.deepEqual(answer.status?.userInfo, {
      username: 'admin',
      uid: 'admin-uid',
      groups: ['system:masters', 'system:authenticated'],
    });
  });

  it('answers whose a token is', async () => {
    const good = await server.client.create(tokenReviews, { metadata: {}, spec: { token: server.token } });
    assert.equal(good.status?.user?.username, 'admin');
    assert.deepEqual(good.status.audiences, [issuer]);
    const bad = await server.client.create(tokenReviews, { metadata: {}, spec: { token: 'wrong' } });
    assert.deepEqual(bad.status, { user: {}, error: 'invalid bearer token' });
    await assert.rejects(() => server.client.create(tokenReviews, { metadata: {}, spec: { token: '' } }), {
      message: 'token is required for TokenReview in authentication',
    });
  });

  it('answers whether somebody may do something, and why', async () => {
    const resourceAttributes = { verb: 'create', group: 'authentication.k8s.io', resource: 'selfsubjectreviews' };
    const spec = { resourceAttributes, user: 'jane', groups: ['system:authenticated'] };
    const { status } = await server.client.create(subjectAccessReviews, { metadata: {}, spec });
    assert.deepEqual(status, {
      allowed: true,
      reason:
        'RBAC: allowed by ClusterRoleBinding "system:basic-user" of ClusterRole "system:basic-user" to Group "system:authenticated"',
    });
    const own = await server.client.create(selfSubjectAccessReviews, { metadata: {}, spec: { resourceAttributes } });
    assert.deepEqual(own.status, { allowed: true });
    const local = {
      metadata: { namespace: 'a' },
      spec: { resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'b' }, user: 'x' },
    };
    await assert.rejects(() => server.client.create(localSubjectAccessReviews, local), {
      message:
        '.authorization.k8s.io "" is invalid: spec.resourceAttributes.namespace: Invalid value: "b": must match metadata.namespace',
    });
    await assert.rejects(() => server.client.create(subjectAccessReviews, { metadata: {}, spec: {} }), {
      message:
        '.authorization.k8s.io "" is invalid: [spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified, spec.user: Invalid value: "": at least one of user or group must be specified]',
    });
  });

  it('answers what one may do', async () => {
    const path = resourcePath(selfSubjectRulesReviews);
    const answer = await as({ 'impersonate-user': 'jane' }, { metadata: {}, spec: { namespace: 'a' } } as never, path);
    const { status } = answer as unknown as {
      status: { resourceRules: { resources: string[] }[]; incomplete: boolean };
    };
    assert.equal(status.incomplete, false);
    assert.deepEqual(status.resourceRules.flatMap(({ resources }) => resources).sort(), [
      'selfsubjectaccessreviews',
      'selfsubjectreviews',
      'selfsubjectrulesreviews',
    ]);
  });

  it('issues tokens that are good until what they are bound to is gone', async () => {
    const { spec, status, metadata } = await requestToken({});
    assert.deepEqual(spec, { audiences: [issuer], expirationSeconds: 3600, boundObjectRef: null });
    assert.equal(metadata.name, 'bot');
    const who = async (token: string): Promise<string | undefined> => {
      const review = await server.client.create(tokenReviews, { metadata: {}, spec: { token } });
      return review.status?.user?.username;
    };
    assert.equal(await who(status!.token!), 'system:serviceaccount:a:bot');
    const { metadata: secret } = await server.client.create(secrets, { metadata: { namespace: 'a', name: 's' } });
    const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name: 's', uid: secret.uid };
    const bound = await requestToken({ boundObjectRef });
    assert.equal(await who(bound.status!.token!), 'system:serviceaccount:a:bot');
    await requestToken({ boundObjectRef: { kind: 'Secret', name: 's' } });
    await assert.rejects(() => requestToken({ boundObjectRef: { apiVersion: 'apps/v1', kind: 'Secret', name: 's' } }), {
      message: 'cannot bind token to object of type apps/v1, Kind=Secret',
    });
    await server.client.delete(secrets, { namespace: 'a', name: 's' });
    assert.equal(await who(bound.status!.token!), undefined);
    await assert.rejects(() => requestToken({ boundObjectRef }), { message: 'secrets "s" not found' });
  });

  it('extends the tokens that are injected into pods', async () => {
    const pod = await server.client.create(pods, {
      metadata: { namespace: 'a', name: 'p' },
      spec: { serviceAccountName: 'bot', containers: [{ name: 'c', image: 'i' }] },
    });
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: pod.metadata.uid };
    const { status } = await requestToken({ expirationSeconds: 3607, boundObjectRef });
    const claims = JSON.parse(Buffer.from(status!.token!.split('.')[1]!, 'base64url').toString()) as Record<
      string,
      number
    > &
      Record<'kubernetes.io', { warnafter: number; pod: object }>;
    assert.equal(claims['exp']! - claims['iat']!, 365 * 24 * 3600);
    assert.equal(claims['kubernetes.io'].warnafter - claims['iat']!, 3607);
    assert.deepEqual(claims['kubernetes.io'].pod, { name: 'p', uid: pod.metadata.uid });
    await assert.rejects(() => requestToken({ boundObjectRef: { ...boundObjectRef, uid: 'x' } }), {
      reason: 'Conflict',
    });
    await server.client.create(serviceAccounts, { metadata: { namespace: 'a', name: 'other' } });
    await assert.rejects(() => requestToken({ boundObjectRef }, 'other'), {
      message: 'cannot bind token for serviceaccount "other" to pod running with different serviceaccount name.',
    });
    await assert.rejects(
      () => requestToken({ expirationSeconds: 10 }),
      /may not specify a duration less than 10 minutes/,
    );
  });

  it('has no paths for objects of reviews', async () => {
    const { status } = await server.client.raw({ method: 'GET', path: `${resourcePath(tokenReviews)}/x` });
    assert.equal(status, 404);
  });
});
