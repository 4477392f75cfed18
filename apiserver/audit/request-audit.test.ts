import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'mocha';
import { configMaps } from '../../api/resources/core/config-map.ts';
import { eventually } from '../../test/support/eventually.ts';
import { startTestApiServer, testDeps, type TestApiServer } from '../../test/support/api-server.ts';
import type { AuditEvent } from './audit-event.ts';
import { createAuditPolicy } from './audit-policy.ts';
import { createAuditor } from './request-audit.ts';

describe('audit of requests', () => {
  const events: AuditEvent[] = [];
  let server: TestApiServer;

  before(async () => {
    const deps = testDeps();
    const policy = createAuditPolicy({
      rules: [
        { level: 'None', users: ['system:apiserver'] },
        {
          level: 'Metadata',
          resources: [{ resources: ['secrets', 'tokenreviews'] }, { group: 'authentication.k8s.io' }],
        },
        { level: 'RequestResponse', namespaces: ['whole'], omitManagedFields: true },
        { level: 'Request', resources: [{ resources: ['configmaps'] }], omitStages: ['RequestReceived'] },
        { level: 'Metadata', resources: [{ resources: ['*'] }] },
      ],
    });
    const backend = {
      name: 'test',
      record: (event: AuditEvent) => void events.push(structuredClone(event)),
      close: () => Promise.resolve(),
    };
    server = await startTestApiServer({
      deps,
      auditor: createAuditor({ policy, backends: [backend] }, deps),
      config: { authorizationModes: ['RBAC'] },
      tokens: ['janetoken,jane,jane-uid,"dev"'],
    });
    for (const name of ['whole', 'quiet'])
      assert.equal((await send('POST', '/api/v1/namespaces', { metadata: { name } })).status, 201);
  });
  after(() => server?.stop());
  beforeEach(() => void events.splice(0));

  async function send(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly status: number; readonly auditId: string }> {
    const response = await server.client.raw({
      method,
      path,
      headers: { 'user-agent': 'audit-test/1.0', ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    await response.text();
    return { status: response.status, auditId: String(response.headers['audit-id']) };
  }
  const stagesOf = (auditId: string): string[] =>
    events.filter((event) => event.auditID === auditId).map(({ stage }) => stage);

  it('writes when a request came and how it was answered, by whom and from where, but no body', async () => {
    const body = { metadata: { name: 'key' }, stringData: { password: 'hunter2' } };
    const uri = '/api/v1/namespaces/quiet/secrets?fieldManager=a%20b&pretty&x=%7e/(,)+';
    const { auditId, status } = await send('POST', uri, body);
    assert.equal(status, 201);
    assert.deepEqual(stagesOf(auditId), ['RequestReceived', 'ResponseComplete']);
    const { requestReceivedTimestamp, stageTimestamp, ...rest } = events[1]!;
    assert.match(`${requestReceivedTimestamp} ${stageTimestamp}`, /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z ?){2}$/);
    assert.deepEqual(rest, {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: 'Metadata',
      auditID: auditId,
      stage: 'ResponseComplete',
      requestURI: uri,
      verb: 'create',
      user: { username: 'admin', uid: 'admin-uid', groups: ['system:masters', 'system:authenticated'] },
      sourceIPs: ['127.0.0.1'],
      userAgent: 'audit-test/1.0',
      objectRef: { resource: 'secrets', namespace: 'quiet', name: 'key', apiVersion: 'v1' },
      responseStatus: { metadata: {}, code: 201 },
      annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
    });
    assert.ok(!JSON.stringify(events).includes('hunter2'));
  });

  it('keeps what was asked, and what was answered, where the policy says so', async () => {
    const created = await send('POST', '/api/v1/namespaces/quiet/configmaps', {
      metadata: { name: 'm' },
      data: { a: '1' },
    });
    const patch = await send('PATCH', '/api/v1/namespaces/quiet/configmaps/m', { data: { a: '2' } }, { 'content-type': 'application/merge-patch+json' }); // prettier-ignore
    const whole = await send('POST', '/api/v1/namespaces/whole/configmaps', { metadata: { name: 'w' } });
    const of = ({ auditId }: { readonly auditId: string }): AuditEvent =>
      events.find((event) => event.auditID === auditId && event.stage === 'ResponseComplete')!;
    assert.deepEqual((of(created).requestObject as { data: unknown }).data, { a: '1' });
    assert.equal(of(created).responseObject, undefined);
    assert.deepEqual(of(patch).requestObject, { data: { a: '2' } });
    const { metadata } = of(whole).responseObject as { metadata: { name: string; managedFields?: unknown } };
    assert.deepEqual([metadata.name, metadata.managedFields], ['w', undefined]);
    const inProtobuf = await send('GET', '/api/v1/namespaces/whole/configmaps/w', undefined, {
      accept: 'application/vnd.kubernetes.protobuf',
    });
    assert.deepEqual(of(inProtobuf).responseObject, of(whole).responseObject, 'whatever the format it was sent in');
  });

  it('tells who acts for whom, and why somebody may not', async () => {
    const headers = { 'impersonate-user': 'jane', 'impersonate-group': 'dev' };
    const { auditId, status } = await send('GET', '/api/v1/namespaces/quiet/pods', undefined, headers);
    assert.equal(status, 403);
    const event = events.at(-1)!;
    assert.equal(event.auditID, auditId);
    assert.deepEqual(event.impersonatedUser, { username: 'jane', groups: ['dev', 'system:authenticated'] });
    assert.equal(event.user.username, 'admin');
    assert.equal(event.annotations?.['authorization.k8s.io/decision'], 'forbid');
    assert.equal(event.responseStatus?.reason, 'Forbidden');
    assert.match(event.responseStatus.message!, /^pods is forbidden: User "jane" cannot list resource "pods"/);
  });

  it('tells of those who could not say who they are, without what they showed', async () => {
    const { auditId } = await send('GET', '/api/v1/pods', undefined, { authorization: 'Bearer stolen' });
    const [event] = events;
    assert.deepEqual([event!.auditID, event!.stage, event!.user], [auditId, 'ResponseStarted', {}]);
    assert.deepEqual(event!.responseStatus, {
      metadata: {},
      message: 'Authentication failed, attempted: bearer',
      code: 401,
    });
    assert.ok(!JSON.stringify(events).includes('stolen'));
  });

  it('takes the name of a request from who makes it, and says nothing where the policy says nothing', async () => {
    const named = await send('GET', '/api/v1/pods', undefined, { 'audit-id': 'mine' });
    assert.equal(named.auditId, 'mine');
    assert.deepEqual(stagesOf('mine'), ['RequestReceived', 'ResponseComplete']);
    const health = await send('GET', '/healthz');
    assert.match(health.auditId, /^[0-9a-f-]{36}$/);
    assert.deepEqual(stagesOf(health.auditId), []);
  });

  it('tells when a watch begins, and when it ends', async () => {
    const stop = new AbortController();
    const watching = (async () => {
      for await (const event of server.client.watch(configMaps, { namespace: 'whole' }, { signal: stop.signal }))
        void event;
    })();
    await eventually('the watch has begun', () => events.some(({ stage }) => stage === 'ResponseStarted'));
    const { auditID } = events.find(({ stage }) => stage === 'ResponseStarted')!;
    assert.deepEqual(stagesOf(auditID), ['RequestReceived', 'ResponseStarted']);
    stop.abort(new Error('enough'));
    await watching.catch(() => {});
    await eventually('the watch has ended', () => stagesOf(auditID).at(-1) === 'ResponseComplete');
  });
});
