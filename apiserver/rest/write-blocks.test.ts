import assert from 'node:assert/strict';
import { once } from 'node:events';
import http2 from 'node:http2';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'mocha';
import { createCertificateAuthority, issueCertificate } from '../../component/certificates.ts';
import { testDeps } from '../../test/support/api-server.ts';
import { startHttpsServer, type HttpsServer } from '../server/https-server.ts';
import { BlockPool, blockBytes } from './block-pool.ts';
import { joinBlocks } from './join-blocks.ts';
import { writeBlocks } from './write-blocks.ts';

/** Blocks made so far. */
class CountingPool extends BlockPool {
  readonly made = new Set<ArrayBufferLike>();

  override take(bytes?: number): Buffer {
    const block = super.take(bytes);
    this.made.add(block.buffer);
    return block;
  }
}

/** Parts of a body that is told from others; one is larger than a block. */
const partsOf = (name: string): Buffer[] =>
  [...Array(1200).keys()].map((i) => Buffer.from(`${name}${i} `.repeat(i === 600 ? blockBytes / 4 : 300)));

describe('long answers', () => {
  const deps = testDeps();
  const stop = new AbortController();
  const pool = new CountingPool();
  let server: HttpsServer;

  before(async () => {
    const authority = await createCertificateAuthority({ commonName: 'test-ca' }, deps);
    const own = await issueCertificate(
      authority,
      { commonName: 'server', ipAddresses: ['127.0.0.1'], usages: ['server'] },
      deps,
    );
    server = await startHttpsServer(
      { bindAddress: '127.0.0.1', port: 0, drainMs: 2000, ...own },
      ({ path }) =>
        Promise.resolve({
          status: 200,
          headers: { 'content-type': 'text/plain' },
          body: {
            kind: 'stream',
            write: (sink, signal) => writeBlocks(pool, joinBlocks(pool, partsOf(path.slice(1))), sink, signal),
          },
        }),
      deps,
      stop.signal,
    );
  });

  after(async () => {
    stop.abort();
    await server.closed;
  });

  const overHttp1 = async (name: string): Promise<Readable> => {
    const request = https.get({ port: server.port, path: `/${name}`, rejectUnauthorized: false, agent: false });
    return (await once(request, 'response'))[0] as Readable;
  };
  const check = async (name: string, body: Readable): Promise<void> =>
    assert.ok((await buffer(body)).equals(Buffer.concat(partsOf(name))), `the body of ${name} is not what was sent`);

  it('arrive whole, many at a time and one after the other, also where somebody reads late', async () => {
    const session = http2.connect(`https://127.0.0.1:${server.port}`, { rejectUnauthorized: false });
    try {
      const late = session.request({ ':path': '/late' });
      const lateToo = await overHttp1('late-too');
      for (let round = 0; round < 3; round++) {
        await Promise.all(
          ['a', 'b', 'c'].flatMap((name) => [
            check(name, session.request({ ':path': `/${name}` })),
            overHttp1(`${name}${round}`).then((body) => check(`${name}${round}`, body)),
          ]),
        );
      }
      await Promise.all([check('late', late), check('late-too', lateToo)]);
    } finally {
      session.close();
    }
  });

  it('are written into the same memory again', async () => {
    const session = http2.connect(`https://127.0.0.1:${server.port}`, { rejectUnauthorized: false });
    try {
      await check('first', session.request({ ':path': '/first' }));
      const before = pool.made.size;
      for (const name of ['a', 'b', 'c']) await check(name, session.request({ ':path': `/${name}` }));
      // What is larger than a block is not kept.
      assert.equal(pool.made.size - before, 3);
    } finally {
      session.close();
    }
  });
});
