import assert from 'node:assert/strict';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { describe, it } from 'mocha';
import { createTestDeps } from '../test/support/test-deps.ts';
import { FlagError, parseFlags } from './flags.ts';
import { startServer } from './serving.ts';
import { tlsFlags, tlsOffer, type TlsOffer } from './tls-flags.ts';

const offerOf = (...args: string[]): TlsOffer => {
  const parsed = parseFlags(tlsFlags, args);
  assert.ok(parsed.kind === 'run');
  return tlsOffer(parsed.values);
};

/** Protocol and cipher that a server and a client settle on; the code of the failure where they do not. */
async function settle(offer: TlsOffer, client: ConnectionOptions): Promise<string> {
  const stop = new AbortController();
  const { port, closed } = await startServer(
    { bindAddress: '127.0.0.1', port: 0, tls: { pairName: 'test', offer } },
    createTestDeps(),
    stop.signal,
  );
  try {
    return await new Promise<string>((resolve) => {
      const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...client }, () => {
        resolve(`${socket.getProtocol()} ${socket.getCipher().standardName}`);
        socket.end();
      });
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
  } finally {
    stop.abort();
    await closed;
  }
}

describe('flags of what TLS a server offers', () => {
  const gcm256 = 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384';
  const upTo12: ConnectionOptions = { maxVersion: 'TLSv1.2' };

  it('are TLS 1.2 and newer where nothing is said', async () => {
    assert.equal(offerOf().minVersion, 'TLSv1.2');
    assert.equal(await settle(offerOf(), {}), 'TLSv1.3 TLS_AES_128_GCM_SHA256');
    assert.match(
      await settle(offerOf(), { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
      /^ERR_SSL_|^ECONNRESET$/,
    );
  });

  it('choose the suites of TLS 1.2, and leave those of TLS 1.3', async () => {
    const offer = offerOf(`--tls-cipher-suites=${gcm256},TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384`);
    assert.equal(await settle(offer, upTo12), `TLSv1.2 ${gcm256}`);
    assert.match(await settle(offer, { ...upTo12, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }), /^ERR_SSL_/);
    assert.match(await settle(offer, {}), /^TLSv1\.3 TLS_/);
    assert.deepEqual(offerOf('--tls-cipher-suites=TLS_AES_128_GCM_SHA256'), offerOf());
  });

  it("are Go's suites, in the order of its preference", () => {
    const older = offerOf()
      .ciphers!.split(':')
      .filter((name) => !name.startsWith('TLS_'));
    assert.equal(
      older.join(' '),
      'ECDHE-ECDSA-AES128-GCM-SHA256 ECDHE-RSA-AES128-GCM-SHA256 ECDHE-ECDSA-AES256-GCM-SHA384 ECDHE-RSA-AES256-GCM-SHA384 ECDHE-ECDSA-CHACHA20-POLY1305 ECDHE-RSA-CHACHA20-POLY1305 ECDHE-ECDSA-AES128-SHA ECDHE-RSA-AES128-SHA ECDHE-ECDSA-AES256-SHA ECDHE-RSA-AES256-SHA',
    );
    assert.match(
      offerOf('--tls-cipher-suites=TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256')
        .ciphers!,
      /:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-CHACHA20-POLY1305$/,
    );
  });

  for (const version of ['VersionTLS10', 'VersionTLS11'])
    it(`take ${version} where it is asked for`, async () => {
      const offer = offerOf(`--tls-min-version=${version}`);
      const client = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
      assert.match(await settle(offer, client), /^TLSv1\.1 /);
    });

  it('choose the oldest version', async () => {
    const offer = offerOf('--tls-min-version=VersionTLS13');
    assert.match(await settle(offer, upTo12), /^ERR_SSL_/);
    assert.match(await settle(offer, {}), /^TLSv1\.3 /);
  });

  it('refuse what there is not', () => {
    assert.throws(
      () => offerOf('--tls-cipher-suites=TLS_NULL'),
      new FlagError("Cipher suite TLS_NULL not supported or doesn't exist"),
    );
    assert.throws(() => offerOf('--tls-min-version=SSL3'), /unknown tls version "SSL3": choose from VersionTLS10, /);
  });
});
