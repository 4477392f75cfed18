import assert from 'node:assert/strict';
import { once } from 'node:events';
import { buffer, text } from 'node:stream/consumers';
import { afterEach, describe, it } from 'mocha';
import { WebSocket } from 'ws';
import { connectSpdy, UpgradeRefused, type SpdyClient, type SpdyClientStream } from '../../test/support/spdy-client.ts';
import { until } from '../../test/support/until.ts';
import { startUpgradeServer, type UpgradeServer } from '../../test/support/upgrade-server.ts';
import { acceptRemoteCommand, type RemoteStreams, type StreamWishes, type TerminalSize } from './remote-command.ts';

const all: StreamWishes = { stdin: true, stdout: true, stderr: true, tty: false };
const success = { metadata: {}, status: 'Success' };
const failed = { metadata: {}, status: 'Failure', message: 'it broke' };

describe('remote command', () => {
  const servers: UpgradeServer[] = [];
  /** Timers that the server has started and not cancelled, and how to let them run out. */
  const timers = new Set<() => void>();
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
    timers.clear();
  });

  const serve = async (wishes: StreamWishes) => {
    const accepted = Promise.withResolvers<RemoteStreams | undefined>();
    const server = await startUpgradeServer((upgrade) => {
      const after = (_ms: number, run: () => void) => {
        timers.add(run);
        return { cancel: () => void timers.delete(run) };
      };
      acceptRemoteCommand(upgrade, wishes, after).then(accepted.resolve, accepted.reject);
    });
    servers.push(server);
    return { address: server.address, accepted: accepted.promise };
  };

  describe('over a WebSocket', () => {
    const open = async (protocol: string, wishes = all) => {
      const { address, accepted } = await serve(wishes);
      const socket = new WebSocket(`ws://${address}`, protocol === '' ? [] : [protocol]);
      socket.on('error', () => undefined);
      const messages: Buffer[] = [];
      socket.on('message', (data: Buffer) => messages.push(data));
      await once(socket, 'open');
      assert.equal(socket.protocol, protocol);
      return { streams: (await accepted)!, socket, messages };
    };
    const told = (messages: readonly Buffer[]) => messages.map((data) => [data[0], data.subarray(1).toString()]);

    const endings: readonly (readonly [protocol: string, status: object, end: readonly (readonly [3, string])[]])[] = [
      ['v5.channel.k8s.io', success, [[3, JSON.stringify(success)]]],
      ['v4.channel.k8s.io', failed, [[3, JSON.stringify(failed)]]],
      ['channel.k8s.io', success, []],
      ['channel.k8s.io', failed, [[3, 'it broke']]],
      ['', failed, [[3, 'it broke']]],
    ];
    for (const [protocol, status, end] of endings)
      it(`${protocol || 'no protocol'}: carries output and tells how it ended`, async () => {
        const { streams, socket, messages } = await open(protocol);
        streams.stdout!.write('out');
        streams.stderr!.write('err');
        const closed = once(socket, 'close');
        await streams.finish(status as typeof success);
        await closed;
        assert.deepEqual(told(messages), [[1, ''], [1, 'out'], [2, 'err'], ...end]);
      });

    it('base64: carries text messages with a digit for the channel', async () => {
      const { streams, socket, messages } = await open('v4.base64.channel.k8s.io');
      const read = buffer(streams.stdin!);
      socket.send(`0${Buffer.from([0, 255, 10]).toString('base64')}`);
      streams.stdout!.write(Buffer.from([1, 254]));
      await until(() => messages.length === 2, 'the output');
      const closed = once(socket, 'close');
      await streams.finish(success);
      await closed;
      assert.deepEqual([...(await read)], [0, 255, 10]);
      assert.deepEqual(
        messages.map((data) => data.toString()),
        ['1', `1${Buffer.from([1, 254]).toString('base64')}`, `3${btoa(JSON.stringify(success))}`],
      );
    });

    it('v5: half-closes stdin by channel 255, and takes sizes', async () => {
      const { streams, socket } = await open('v5.channel.k8s.io');
      const sizes: TerminalSize[] = [];
      streams.onResize((size) => sizes.push(size));
      const read = text(streams.stdin!);
      socket.send(Buffer.from('\x04{"Width":80,"Height":24}'));
      socket.send(Buffer.from('\x00input'));
      socket.send(Buffer.from([255, 0]));
      assert.equal(await read, 'input');
      assert.deepEqual(sizes, [{ columns: 80, rows: 24 }]);
      socket.terminate();
      await streams.closed;
    });

    it('carries five megabytes of input to a slow reader', async () => {
      const { streams, socket } = await open('v5.channel.k8s.io');
      for (let i = 0; i < 100; i++) socket.send(Buffer.concat([Buffer.from([0]), Buffer.alloc(50_000, i)]));
      socket.send(Buffer.from([255, 0]));
      let bytes = 0;
      for await (const chunk of streams.stdin!) {
        assert.equal((chunk as Buffer)[0], Math.floor(bytes / 50_000));
        bytes += (chunk as Buffer).length;
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.equal(bytes, 5_000_000);
    });

    it('cuts off a client that does not answer the close', async () => {
      const { streams, socket } = await open('v5.channel.k8s.io');
      socket.pause();
      const finished = streams.finish(success);
      await until(() => timers.size === 1, 'the deadline');
      for (const run of timers) run();
      await finished;
      assert.equal(timers.size, 0);
    });

    it('cuts off a client that reads nothing', async () => {
      const { streams, socket } = await open('v5.channel.k8s.io');
      socket.pause();
      const chunk = Buffer.alloc(1024 * 1024);
      for (let i = 0; i < 30; i++) streams.stdout!.write(chunk);
      const finished = streams.finish(success);
      for (const run of timers) run();
      await finished;
    });
  });

  describe('over SPDY', () => {
    const open = async (
      protocol: string,
      wishes = all,
    ): Promise<{ client: SpdyClient; streams: RemoteStreams; of: Record<string, SpdyClientStream> }> => {
      const { address, accepted } = await serve(wishes);
      const client = await connectSpdy(`http://${address}/`, { protocols: [protocol] });
      assert.equal(client.protocol, protocol);
      const of: Record<string, SpdyClientStream> = {};
      const types = ['error', 'stdin', 'stdout', ...(wishes.tty ? ['resize'] : ['stderr'])];
      for (const type of types) of[type] = await client.open({ streamType: type });
      return { client, streams: (await accepted)!, of };
    };
    const textOf = ({ received }: SpdyClientStream): string => Buffer.concat(received).toString();

    const endings: readonly (readonly [protocol: string, status: object, text: string])[] = [
      ['v4.channel.k8s.io', success, JSON.stringify(success)],
      ['v4.channel.k8s.io', failed, JSON.stringify(failed)],
      ['v2.channel.k8s.io', success, ''],
      ['v2.channel.k8s.io', failed, 'it broke'],
    ];
    for (const [protocol, status, end] of endings)
      it(`${protocol}: carries all streams and tells how it ended`, async () => {
        const { client, streams, of } = await open(protocol);
        const read = text(streams.stdin!);
        await of['stdin']!.write('in');
        of['stdin']!.end();
        assert.equal(await read, 'in');
        streams.stdout!.write('out');
        streams.stderr!.write('err');
        const finished = streams.finish(status as typeof success);
        await Promise.all(['stdout', 'stderr', 'error'].map((type) => of[type]!.ended));
        client.transport.end();
        await finished;
        assert.deepEqual(
          ['stdout', 'stderr', 'error'].map((type) => textOf(of[type]!)),
          ['out', 'err', end],
        );
        assert.equal(timers.size, 0);
      });

    it('carries sizes of a terminal', async () => {
      const { client, streams, of } = await open('v4.channel.k8s.io', { ...all, tty: true });
      const sizes: TerminalSize[] = [];
      streams.onResize((size) => sizes.push(size));
      await of['resize']!.write('{"Width":80,"He');
      await of['resize']!.write('ight":24}\n{"Width":81,"Height":25}\n');
      await until(() => sizes.length === 2, 'the sizes');
      assert.deepEqual(sizes[1], { columns: 81, rows: 25 });
      client.transport.destroy();
      await streams.closed;
    });

    it('gives up a client that does not open the streams it asked for', async () => {
      const { address, accepted } = await serve(all);
      const client = await connectSpdy(`http://${address}/`, { protocols: ['v4.channel.k8s.io'] });
      await (
        await client.open({ streamType: 'error' })
      ).replied;
      for (const run of timers) run();
      assert.equal(await accepted, undefined);
    });

    it('cuts off a client that does not close', async () => {
      const { streams, of } = await open('v4.channel.k8s.io');
      const finished = streams.finish(success);
      await of['error']!.ended;
      await until(() => timers.size === 1, 'the deadline');
      for (const run of timers) run();
      await finished;
    });

    it('refuses a protocol that it does not know', async () => {
      const { address } = await serve(all);
      await assert.rejects(
        connectSpdy(`http://${address}/`, { protocols: ['v9.channel.k8s.io'] }),
        (error) =>
          error instanceof UpgradeRefused && error.status === 403 && /client supports \[v9/.test(error.message),
      );
    });
  });
});
