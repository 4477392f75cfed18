import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, it } from 'mocha';

const program = `
  import { registerHooks } from 'node:module';
  registerHooks({ load: (url, context, next) => (console.log(url), next(url, context)) });
  await import(${JSON.stringify(import.meta.resolve('./run-api-server.ts'))});
`;

describe('the program of the API server', () => {
  it('loads no cipher and no client of key services before it is told to encrypt', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
    const loaded = stdout.split('\n');
    assert.ok(loaded.some((url) => url.endsWith('/apiserver/create-api-server.ts')));
    assert.deepEqual(
      loaded.filter((url) => /@noble\/ciphers|storage\/encryption\//.test(url)),
      [],
    );
  });
});
