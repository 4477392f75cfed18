import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, it } from 'mocha';
import { parseFlags } from '../component/flags.ts';
import { createTestDeps } from '../test/support/test-deps.ts';
import { flags } from './config.ts';
import { openConfig } from './open-config.ts';

/** Loads the whole service and opens its configuration, and prints what was loaded. */
const program = `
import { registerHooks } from 'node:module';
const loaded = [];
registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
await import('./run-api-server.ts');
const { openConfig } = await import('./open-config.ts');
const { flags } = await import('./config.ts');
const { parseFlags } = await import('../component/flags.ts');
const { values } = parseFlags(flags, ['--authorization-mode=Node,RBAC', '--api-audiences=api']);
await openConfig(values, {});
console.log(JSON.stringify(loaded));
`;

describe('configuration of an API server', () => {
  for (const [args, anonymous] of [
    [[], false],
    [['--authorization-mode=AlwaysAllow,RBAC'], false],
    [['--authorization-mode=RBAC'], true],
    [['--authorization-mode=RBAC', '--anonymous-auth=false'], false],
  ] as const)
    it(`lets requests without credentials ${anonymous ? 'in' : 'not in'} with ${args.join(' ') || 'no flags'}`, async () => {
      const parsed = parseFlags(flags, args);
      assert.ok(parsed.kind === 'run');
      const { config } = await openConfig(parsed.values, createTestDeps());
      assert.equal(config.authentication.anonymous, anonymous);
    });

  it('loads nothing of issuers, webhooks and expressions where no flag asks for them', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module-typescript', '--eval', program],
      { cwd: import.meta.dirname, maxBuffer: 1 << 24 },
    );
    const loaded = JSON.parse(stdout) as string[];
    assert.ok(loaded.some((url) => url.endsWith('/apiserver/open-config.ts')));
    const unwanted = [
      '/authenticators/oidc/',
      '/authenticators/open-authentication.ts',
      '/authorizers/open-authorization.ts',
      '/authorizers/webhook-authorizer.ts',
      '/webhooks/review-webhook.ts',
      '/node_modules/jose/',
      '/node_modules/@marcbachmann/cel-js/',
    ];
    assert.deepEqual(
      loaded.filter((url) => unwanted.some((part) => url.includes(part))),
      [],
    );
  });
});
