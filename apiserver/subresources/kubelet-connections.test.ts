import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { after, before, describe, it } from 'mocha';
import { WebSocket, WebSocketServer } from 'ws';
import { nodes } from '../../api/resources/core/node.ts';
import { pods } from '../../api/resources/core/pod.ts';
import { createCertificateAuthority, issueCertificate } from '../../component/certificates.ts';
import { startTestApiServer, testDeps, type TestApiServer } from '../../test/support/api-server.ts';
import { testNode, testPod } from '../../test/support/scheduler-objects.ts';
import { until } from '../../test/support/until.ts';

/** What the fake kubelet was asked. */
interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

describe('connections to kubelets', () => {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  let kubelet: https.Server;
  let api: TestApiServer;

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    asked.push({ method: request.method!, url: request.url!, headers: request.headers });
    const { pathname } = new URL(request.url!, 'http://kubelet');
    if (pathname === '/containerLogs/default/one/main') response.end('line\n');
    else if (pathname === '/containerLogs/default/two/a')
      void response.writeHead(400).end('previous terminated container "a" in pod "two" not found');
    else if (pathname === '/containerLogs/default/two/b') response.write('first\n');
    else if (pathname === '/containerLogs/default/two/i') void response.writeHead(404).end('no such pod');
    else if (pathname === '/stats') {
      response.writeHead(201, { connection: 'x-secret', 'x-secret': '1', 'x-kept': '2', location: '/other' });
      request.pipe(response);
    } else void response.writeHead(500).end('broken');
  };
  const webSockets = new WebSocketServer({ noServer: true });
  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    asked.push({ method: request.method!, url: request.url!, headers: request.headers });
    if (request.url!.startsWith('/exec/default/two')) {
      const text = 'container not found ("a")\n';
      socket.end(`HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
      return;
    }
    if (request.headers.upgrade === 'half') {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: half\r\n\r\n');
      // Answers only once the client has said all.
      let size = 0;
      socket.on('data', (chunk: Buffer) => (size += chunk.length));
      socket.on('end', () => socket.end(`${size}`.padEnd(1024 * 1024)));
      return;
    }
    if (request.headers.upgrade === 'SPDY/3.1') {
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n',
      );
      socket.once('data', () => socket.end(Buffer.alloc(1024 * 1024)));
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (ws) => ws.on('message', (data) => ws.send(data)));
  };

  before(async () => {
    const deps = testDeps();
    const authority = await createCertificateAuthority({ commonName: 'kubelets' }, deps);
    const pair = await issueCertificate(
      authority,
      { commonName: 'system:node:n', ipAddresses: ['127.0.0.1'], usages: ['server'] },
      deps,
    );
    kubelet = https.createServer({ key: pair.privateKey, cert: pair.certificate, allowHalfOpen: true }, answer);
    kubelet.on('upgrade', upgrade);
    kubelet.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    kubelet.listen(0, '127.0.0.1');
    await once(kubelet, 'listening');
    api = await startTestApiServer({
      config: {
        kubelets: { preferredAddressTypes: ['InternalIP'] },
        admission: { disable: ['ServiceAccount', 'TaintNodesByCondition'] },
      },
    });
    const addNode = (name: string, port: number) =>
      api.client.create(nodes, {
        ...testNode(name),
        status: {
          addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
          daemonEndpoints: { kubeletEndpoint: { Port: port } },
        },
      });
    await addNode('n', (kubelet.address() as AddressInfo).port);
    await addNode('gone', 1);
    const metadata = (name: string) => ({ name, namespace: 'default' });
    await api.client.create(pods, testPod('one', { metadata: metadata('one'), spec: { nodeName: 'n' } }));
    const container = (name: string) => ({ name, image: 'image' });
    await api.client.create(
      pods,
      testPod('two', {
        metadata: metadata('two'),
        spec: { nodeName: 'n', containers: [container('a'), container('b')], initContainers: [container('i')] },
      }),
    );
    await api.client.create(pods, testPod('lost', { metadata: metadata('lost'), spec: { nodeName: 'gone' } }));
    await api.client.create(pods, testPod('stray', { metadata: metadata('stray'), spec: { nodeName: 'absent' } }));
    await api.client.create(pods, testPod('pending', { metadata: metadata('pending') }));
  });
  after(async () => {
    await api.stop();
    kubelet.closeAllConnections();
    for (const socket of sockets) socket.destroy();
    kubelet.close();
  });

  const headers = (): Record<string, string> => ({ authorization: `Bearer ${api.token}`, cookie: 'session=secret' });
  const call = async (path: string, method = 'GET', body?: string) => {
    const request = https.request(`${api.url}${path}`, {
      method,
      ca: api.ca,
      headers: { ...headers(), 'x-mine': '1' },
      agent: false,
    });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return { status: response.statusCode!, headers: response.headers, text };
  };
  const failure = async (path: string): Promise<{ code: number; message: string }> => {
    const { text } = await call(path);
    const { code, message } = JSON.parse(text) as { code: number; message: string };
    return { code, message };
  };
  const upgradeRefused = async (path: string): Promise<{ status: number; text: string }> => {
    const request = https.request(`${api.url}${path}`, {
      method: 'POST',
      ca: api.ca,
      headers: {
        ...headers(),
        connection: 'Upgrade',
        upgrade: 'SPDY/3.1',
        'x-stream-protocol-version': 'v4.channel.k8s.io',
      },
    });
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return { status: response.statusCode!, text };
  };
  const last = (): Asked => asked.at(-1)!;
  const tellsNobody = ({ headers: sent }: Asked): void => {
    assert.equal(sent.authorization, undefined);
    assert.equal(sent.cookie, undefined);
  };
  const pod = (path: string): string => `/api/v1/namespaces/default/pods/${path}`;

  it('relay logs with their options, and nothing of who asks', async () => {
    const { status, text } = await call(pod('one/log?tailLines=5&pretty=1'));
    assert.deepEqual([status, text], [200, 'line\n']);
    assert.equal(last().url, '/containerLogs/default/one/main?tailLines=5');
    tellsNobody(last());
  });

  it('tell what the kubelet complains of', async () => {
    assert.deepEqual(await failure(pod('two/log?container=a')), {
      code: 400,
      message: 'previous terminated container "a" in pod "two" not found',
    });
  });

  it('want to know which container', async () => {
    assert.deepEqual(await failure(pod('two/log')), {
      code: 400,
      message:
        'a container name must be specified for pod two, choose one of: [a b] or one of the init containers: [i]',
    });
    assert.deepEqual(await failure(pod('two/log?container=x')), {
      code: 400,
      message: 'container x is not valid for pod two',
    });
  });

  it('find that a pod without a node has written nothing, and that no other node will do', async () => {
    assert.equal((await call(pod('pending/log'))).status, 204);
    assert.equal((await call(pod('pending/log?follow=x'))).status, 204);
    assert.deepEqual(await failure(pod('pending/attach')), {
      code: 400,
      message: 'pod pending does not have a host assigned',
    });
    for (const path of ['stray/log', 'stray/exec?command=a'])
      assert.deepEqual(await failure(pod(path)), { code: 404, message: 'nodes "absent" not found' });
  });

  const wrongOptions: readonly (readonly [query: string, code: number, message: string])[] = [
    ['tailLines=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['sinceTime=x', 400, 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'],
    ['tailLines=-1', 422, 'tailLines: Invalid value: -1: must be greater than or equal to 0'],
    ['limitBytes=0', 422, 'limitBytes: Invalid value: 0: must be greater than 0'],
    [
      'sinceSeconds=5&sinceTime=2020-01-01T00:00:00Z',
      422,
      '[]: Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
    ],
    ['stream=Stdout', 422, 'stream: Forbidden: may not be specified'],
  ];
  for (const [query, code, message] of wrongOptions)
    it(`refuse ${query} for logs`, async () => {
      const prefix = code === 422 ? 'PodLogOptions "one" is invalid: ' : '';
      assert.deepEqual(await failure(pod(`one/log?${query}`)), { code, message: `${prefix}${message}` });
    });

  it('say which kubelet cannot be reached', async () => {
    const refused = 'dial tcp 127.0.0.1:1: connect: connection refused';
    assert.deepEqual(await failure(pod('lost/log?tailLines=3')), {
      code: 500,
      message: `Get "https://127.0.0.1:1/containerLogs/default/lost/main?tailLines=3": ${refused}`,
    });
    assert.deepEqual(await failure('/api/v1/nodes/gone/proxy/stats'), {
      code: 503,
      message: `error trying to reach service: ${refused}`,
    });
    const { status, text } = await upgradeRefused(pod('lost/exec?command=a&stdout=1'));
    assert.equal(status, 500);
    assert.equal((JSON.parse(text) as { message: string }).message, `error dialing backend: ${refused}`);
  });

  it('pass on what the kubelet says instead of upgrading', async () => {
    const { status, text } = await upgradeRefused(pod('two/exec?container=a&command=a&stdout=1'));
    assert.deepEqual([status, text], [404, 'container not found ("a")\n']);
    assert.deepEqual(await failure(pod('two/log?container=i')), {
      code: 404,
      message: 'the server could not find the requested resource ( pods/log two)',
    });
  });

  const channelFailures: readonly (readonly [name: string, path: string, message: string])[] = [
    [
      'the kubelet refuses',
      'two/exec?container=a&command=a&stdout=1',
      'Internal error occurred: unable to upgrade connection: container not found ("a")',
    ],
    [
      'the kubelet cannot be reached',
      'lost/attach?stdout=1',
      'Internal error occurred: error sending request: Post "https://127.0.0.1:1/attach/default/lost/main?output=1": dial tcp 127.0.0.1:1: connect: connection refused',
    ],
  ];
  for (const [name, path, message] of channelFailures)
    it(`tell clients of protocol 5 on the error channel that ${name}`, async () => {
      const socket = new WebSocket(`${api.url}${pod(path)}`.replace('https', 'wss'), ['v5.channel.k8s.io'], {
        ca: api.ca,
        headers: headers(),
      });
      const closed = once(socket, 'close');
      const messages: Buffer[] = [];
      socket.on('message', (message: Buffer) => messages.push(message));
      const code = (await closed)[0] as number;
      const data = messages.at(-1)!;
      assert.equal(data[0], 3);
      const status = JSON.parse(data.subarray(1).toString()) as { status: string; message: string };
      assert.deepEqual([status.status, status.message], ['Failure', message]);
      assert.equal(code, 1000);
    });

  it('carry each way to its end, also when the other has ended before', async () => {
    const request = https.request(`${api.url}/api/v1/nodes/n/proxy/half`, {
      ca: api.ca,
      headers: { ...headers(), connection: 'Upgrade', upgrade: 'half' },
      agent: new https.Agent({ allowHalfOpen: true } as https.AgentOptions),
    });
    request.end();
    const [, socket] = (await once(request, 'upgrade')) as [IncomingMessage, Socket];
    let answered = '';
    socket.on('data', (chunk: Buffer) => (answered += chunk.toString()));
    socket.end(Buffer.alloc(256 * 1024));
    await once(socket, 'close');
    assert.equal(answered.length, 1024 * 1024);
    assert.equal(answered.trim(), `${256 * 1024}`);
    await until(() => sockets.size === 0, 'the connection to the kubelet to end');
  });

  it('end with the client', async () => {
    const request = https.get(`${api.url}${pod('two/log?container=b&follow=true')}`, {
      ca: api.ca,
      headers: headers(),
      agent: false,
    });
    request.on('error', () => undefined);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => undefined);
    await once(response, 'data');
    assert.equal(sockets.size, 1);
    request.destroy();
    await until(() => sockets.size === 0, 'the connection to the kubelet to end');
  });

  it('carry exec in a WebSocket', async () => {
    const url = `${api.url}${pod('one/exec?command=a&command=b%20c&stdout=1')}`.replace('https', 'wss');
    const socket = new WebSocket(url, ['v5.channel.k8s.io'], { ca: api.ca, headers: headers() });
    await once(socket, 'open');
    assert.equal(socket.protocol, 'v5.channel.k8s.io');
    socket.send('echo');
    const [data] = (await once(socket, 'message')) as [Buffer];
    assert.equal(data.toString(), 'echo');
    assert.equal(last().url, '/exec/default/one/main?output=1&command=a&command=b+c');
    tellsNobody(last());
    socket.terminate();
    await until(() => sockets.size === 0, 'the connection to the kubelet to end');
  });

  it('carry exec in SPDY, to the last byte', async () => {
    const request = https.request(`${api.url}${pod('one/exec?command=a&stdout=1')}`, {
      method: 'POST',
      ca: api.ca,
      headers: {
        ...headers(),
        connection: 'Upgrade',
        upgrade: 'SPDY/3.1',
        'x-stream-protocol-version': 'v4.channel.k8s.io',
      },
    });
    request.end();
    const [response, socket] = (await once(request, 'upgrade')) as [IncomingMessage, Socket];
    assert.equal(response.headers['x-stream-protocol-version'], 'v4.channel.k8s.io');
    tellsNobody(last());
    let size = 0;
    socket.on('data', (chunk: Buffer) => (size += chunk.length));
    socket.write('go');
    await once(socket, 'close');
    assert.equal(size, 1024 * 1024);
    await until(() => sockets.size === 0, 'the connection to the kubelet to end');
  });

  it('want a change of protocol for exec', async () => {
    assert.deepEqual(await failure(pod('one/exec?stdout=1&command=a')), {
      code: 400,
      message: 'Upgrade request required',
    });
  });

  it('proxy any request to the kubelet of a node', async () => {
    const answered = await call('/api/v1/nodes/n/proxy/stats?a=b%20c&d', 'POST', 'body');
    assert.deepEqual([answered.status, answered.text], [201, 'body']);
    assert.equal(answered.headers['x-secret'], undefined);
    assert.equal(answered.headers['x-kept'], '2');
    assert.equal(answered.headers.location, '/api/v1/nodes/n/proxy/other');
    assert.deepEqual([last().method, last().url, last().headers['x-mine']], ['POST', '/stats?a=b%20c&d', '1']);
    tellsNobody(last());
    const redirected = await call('/api/v1/nodes/n/proxy?a=b%20c&d');
    assert.deepEqual([redirected.status, redirected.headers.location], [301, '/api/v1/nodes/n/proxy/?a=b%20c&d']);
  });

  it('proxy a change of protocol', async () => {
    const socket = new WebSocket(`${api.url}/api/v1/nodes/n/proxy/any`.replace('https', 'wss'), {
      ca: api.ca,
      headers: headers(),
    });
    await once(socket, 'open');
    socket.send('echo');
    const [data] = (await once(socket, 'message')) as [Buffer];
    assert.equal(data.toString(), 'echo');
    assert.equal(last().url, '/any');
    tellsNobody(last());
    socket.terminate();
  });
});
