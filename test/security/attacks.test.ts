import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Attack } from './attacks/attack.ts';
import { attacks } from './attacks/index.ts';
import { startTarget, type Target } from './target/target.ts';

const verbs: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

describe('attacks on the API server', function () {
  this.timeout(180_000);
  let target: Target;
  let state: Map<string, number>;
  let attempts = 0;
  before(async () => {
    target = await startTarget();
    state = await target.state();
  });
  after(() => target?.stop());

  async function attempt(attack: Attack & { readonly token?: (target: Target) => string }): Promise<void> {
    const { as, method = 'GET', expect, audit = {} } = attack;
    const identity = target.identity(as);
    const auditId = `attempt-${++attempts}`;
    const resolved = <T>(value: T | ((target: Target) => T)): T =>
      typeof value === 'function' ? (value as (target: Target) => T)(target) : value;
    const answer = await target.send({
      identity,
      method,
      path: resolved(attack.path),
      headers: {
        ...attack.headers,
        ...(attack.token ? { authorization: `Bearer ${attack.token(target)}` } : {}),
        'audit-id': auditId,
      },
      body: resolved(attack.body),
    });
    const is = `${answer.status} ${answer.text.slice(0, 500)}`;
    assert.equal(answer.status, expect.status, is);
    if (expect.reason) assert.equal(answer.json?.reason, expect.reason, is);
    if (expect.message) assert.match(answer.json?.message, expect.message);
    const now = await target.state();
    assert.deepEqual(now, state, 'nothing changed');

    if (audit === 'none') return;
    const event = await target.audited(auditId);
    const { user = identity.user, verb = verbs[method]! } = audit;
    const decision = 'decision' in audit || audit.verb !== undefined ? audit.decision : 'forbid';
    assert.deepEqual(
      {
        user: event.user.username ?? '',
        verb: event.verb,
        code: event.responseStatus?.code,
        decision: event.annotations?.['authorization.k8s.io/decision'],
      },
      { user, verb, code: expect.status, decision },
    );
  }

  for (const { name, attacks: kind } of attacks)
    describe(name, () => {
      for (const attack of kind) it(attack.name, () => attempt(attack));
    });
});
