import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { defaultDataDir, defaultPorts } from '../deploy/cluster-config.ts';
import { upHints } from './up-hints.ts';

describe('what k8ts up says at the end', () => {
  it('is short for the cluster of the host', () => {
    const text = upHints({ dataDir: defaultDataDir, ports: defaultPorts });
    assert.match(text, /runs at https:\/\/127\.0\.0\.1:6443\. /);
    assert.doesNotMatch(text, /--data-dir/);
  });

  it('names the data directory of another, as a shell takes it', () => {
    const text = upHints({ dataDir: "/tmp/my cluster's", ports: { ...defaultPorts, apiserver: 7443 } });
    const where = `--data-dir '/tmp/my cluster'\\''s'`;
    for (const line of [
      'runs at https://127.0.0.1:7443. ',
      `export KUBECONFIG='/tmp/my cluster'\\''s/admin.kubeconfig'\n`,
      `npx k8ts status ${where} `,
      `npx k8ts logs ${where} COMPONENT `,
      `npx k8ts down ${where} `,
    ])
      assert.ok(text.includes(line), `${line}\n${text}`);
  });
});
