import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, it } from 'mocha';
import { createFakeClock } from '../../component/fake-clock.ts';
import { startPeer } from '../../test/support/https-peer.ts';
import { until } from '../../test/support/until.ts';
import { limitConnecting } from './connect-timeout.ts';

describe('the time limit of connecting', () => {
  const cleanups: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0)) await cleanup();
  });

  /** Takes TCP connections and says nothing, so that no handshake of TLS ends. */
  async function startMutePeer(): Promise<number> {
    const server = net.createServer((socket: Socket) => cleanups.push(() => socket.destroy()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(() => server.close());
    return (server.address() as AddressInfo).port;
  }
  const failureOf = async (request: ClientRequest): Promise<string | undefined> => {
    const [error] = (await once(request, 'error')) as [NodeJS.ErrnoException];
    return error.code;
  };

  it('ends a request whose peer does not finish the handshake', async () => {
    const clock = createFakeClock();
    const request = https.get({ host: '127.0.0.1', port: await startMutePeer(), agent: false });
    limitConnecting(request, clock);
    const failure = failureOf(request);
    await clock.advance(30_000);
    assert.equal(await failure, 'ETIMEDOUT');
    assert.equal(clock.pending, 0);
  });

  for (const protocol of ['plain', 'http/1.1'] as const)
    it(`leaves a peer time to answer: ${protocol}`, async () => {
      const clock = createFakeClock();
      const peer = await startPeer(
        (_request, response) => void clock.advance(60_000).then(() => response.end('late')),
        {
          protocol,
        },
      );
      cleanups.push(() => peer.close());
      const options = { host: '127.0.0.1', port: peer.port, agent: false };
      const request =
        protocol === 'plain' ? http.get(options) : https.get({ ...options, ca: peer.authority.certificate });
      limitConnecting(request, clock);
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      await once(response.resume(), 'end');
      assert.equal(clock.pending, 0);
    });

  it('keeps no timer of a request that fails at once', async () => {
    const clock = createFakeClock();
    const request = http.get({ host: '127.0.0.1', port: 1, agent: false });
    limitConnecting(request, clock);
    assert.equal(await failureOf(request), 'ECONNREFUSED');
    await until(() => clock.pending === 0, 'the timer to go');
  });
});
