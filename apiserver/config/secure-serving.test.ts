import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseFlags } from '../../component/flags.ts';
import { secureServing } from './secure-serving.ts';

const read = (...args: string[]): readonly string[] => {
  const parsed = parseFlags(secureServing.flags, args);
  assert.ok(parsed.kind === 'run');
  secureServing.configOf(parsed.values);
  return parsed.values.tlsSniCertKey;
};

describe('flags of secure serving', () => {
  it('name certificates one by one', () => {
    const [first, second] = ['a.crt,a.key:*.a.com,a.com', 'b.crt,b.key'];
    assert.deepEqual(read(`--tls-sni-cert-key=${first}`, `--tls-sni-cert-key=${second}`), [first, second]);
    assert.throws(() => read('--tls-sni-cert-key=a.crt'), /expected comma separated certificate and key file paths$/);
  });

  it('leave HTTP/2 what it needs', () => {
    const weak = '--tls-cipher-suites=TLS_RSA_WITH_AES_128_GCM_SHA256';
    assert.throws(() => read(weak), /^FlagError: http2: TLSConfig\.CipherSuites is missing an HTTP\/2-required/);
    read(weak, '--tls-min-version=VersionTLS13');
    read(`${weak},TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`);
  });

  it('name what there is', () => {
    assert.throws(() => read('--tls-min-version=VersionTLS14'), /unknown tls version "VersionTLS14"/);
  });
});
