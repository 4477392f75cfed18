import assert from 'node:assert/strict';
import http2 from 'node:http2';
import { once } from 'node:events';
import { after, before, describe, it } from 'mocha';
import { sendBytes } from './target/send.ts';
import { startTarget, type Target } from './target/target.ts';

const secrets = '/api/v1/namespaces/other/secrets';
const head = (...lines: string[]): string => `${lines.join('\r\n')}\r\n\r\n`;
const hidden = (id: string): string => head(`GET ${secrets} HTTP/1.1`, 'Host: x', `Audit-ID: ${id}`, 'Authorization: Bearer admintoken'); // prettier-ignore

/** Bytes that are one request to one reader, and two to another; the second must never be one. */
const smuggled: readonly [name: string, bytes: (id: string) => string][] = [
  ['a length and chunks', (id) => `${head('POST /version HTTP/1.1', 'Host: x', 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n${hidden(id)}`],
  ['chunks and a length', (id) => `${head('POST /version HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked', 'Content-Length: 500')}0\r\n\r\n${hidden(id)}`],
  ['two lengths', (id) => `${head('POST /version HTTP/1.1', 'Host: x', 'Content-Length: 0', 'Content-Length: 500')}${hidden(id)}`],
  ['two lengths in one', (id) => `${head('POST /version HTTP/1.1', 'Host: x', 'Content-Length: 0, 500')}${hidden(id)}`],
  ['a length with a sign', (id) => `${head('POST /version HTTP/1.1', 'Host: x', 'Content-Length: +0')}${hidden(id)}`],
  ['a length that is hexadecimal', (id) => `${head('POST /version HTTP/1.1', 'Host: x', 'Content-Length: 0x0')}${hidden(id)}`],
  ['chunks by another name', (id) => `${head('POST /version HTTP/1.1', 'Host: x', 'Transfer-Encoding: xchunked')}0\r\n\r\n${hidden(id)}`],
  ['chunks twice', (id) => `${head('POST /version HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked', 'Transfer-Encoding: identity')}0\r\n\r\n${hidden(id)}`],
  ['a blank before the colon', (id) => `${head('POST /version HTTP/1.1', 'Host: x', 'Transfer-Encoding : chunked', 'Content-Length: 500')}0\r\n\r\n${hidden(id)}`],
  ['a chunk with a wrong size', (id) => `${head('POST /version HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked')}0;\n\r\n1_\r\n${hidden(id)}`],
  ['a line that ends in LF alone', (id) => `POST /version HTTP/1.1\r\nHost: x\r\nX: y\nTransfer-Encoding: chunked\r\nContent-Length: 500\r\n\r\n0\r\n\r\n${hidden(id)}`],
  ['a line that ends in CR alone', (id) => `POST /version HTTP/1.1\r\nHost: x\r\nX: y\rTransfer-Encoding: chunked\r\nContent-Length: 500\r\n\r\n0\r\n\r\n${hidden(id)}`],
  ['a path with a line break', (id) => `GET /version%0d%0a HTTP/1.1\r\n X HTTP/1.1\r\nHost: x\r\n\r\n${hidden(id)}`],
]; // prettier-ignore

/** Headers that name somebody only to who reads them wrong; each is to be refused, or to be nobody’s. */
const misread: readonly [name: string, lines: readonly string[]][] = [
  ['a header that goes on in the next line', ['Authorization: Bearer', ' admintoken']],
  ['a header that begins with a blank', [' Authorization: Bearer admintoken']],
  ['a header with a blank before the colon', ['Authorization : Bearer admintoken']],
  ['a header with a NUL', ['Authorization: Bearer admin\0token']],
  ['a header with a NUL in its name', ['Authoriz\0ation: Bearer admintoken']],
  ['a header that ends in CR alone', ['X: y\rAuthorization: Bearer admintoken']],
  ['a header with an underscore', ['X_Remote_User: admin', 'X_Remote_Group: system:masters']],
  ['a header that the connection is to forget', ['Connection: close, Impersonate-User', 'Impersonate-User: admin']],
  ['two schemes in one', ['Authorization: Basic eDp5, Bearer admintoken']],
];

describe('bytes that mean two things', function () {
  this.timeout(60_000);
  let target: Target;
  before(async () => {
    target = await startTarget();
  });
  after(() => target?.stop());

  for (const [at, [name, bytes]] of smuggled.entries())
    it(`smuggle nothing: ${name}`, async () => {
      const id = `smuggled-${at}`;
      const answered = await sendBytes(target.port, bytes(id));
      assert.match(answered, /^HTTP\/1.1 4\d\d /);
      assert.equal(answered.match(/HTTP\/1.1 \d{3} /g)?.length, 1, answered);
      assert.doesNotMatch(answered, /SecretList/);
      assert.ok(!(await target.auditedIds()).has(id), 'the second was no request');
    });

  for (const [name, lines] of misread)
    it(`make nobody of anybody: ${name}`, async () => {
      const bytes = head(`GET ${secrets} HTTP/1.1`, 'Host: x', 'Connection: close', ...lines);
      const answered = await sendBytes(target.port, bytes);
      assert.match(answered, /^HTTP\/1.1 (400|401|403) /);
      assert.doesNotMatch(answered, /SecretList|User "admin"/);
    });

  it('let the first of two tokens count', async () => {
    const both = (first: string, second: string): Promise<string> =>
      sendBytes(target.port, head('GET /apis HTTP/1.1', 'Host: x', 'Connection: close', `Authorization: Bearer ${first}`, `authorization: Bearer ${second}`)); // prettier-ignore
    assert.match(await both('admintoken', 'wrong'), /^HTTP\/1.1 200 /);
    assert.match(await both('wrong', 'admintoken'), /^HTTP\/1.1 401 /);
  });

  it('keep each request of a connection apart', async () => {
    const one = head('GET /apis HTTP/1.1', 'Host: x', 'Authorization: Bearer admintoken');
    const other = head('GET /apis HTTP/1.1', 'Host: x', 'Connection: close');
    const answers = (await sendBytes(target.port, one + other)).match(/HTTP\/1.1 \d{3} /g);
    assert.deepEqual(answers, ['HTTP/1.1 200 ', 'HTTP/1.1 403 ']);
  });

  it('believe a certificate no more over HTTP/2', async () => {
    for (const [name, expected] of [
      ['looker', 200],
      ['stranger', 401],
      ['front proxy without a user', 401],
    ] as const) {
      const { certificate, privateKey } = target.identity(name).certificate!;
      const options = { rejectUnauthorized: false, cert: certificate, key: privateKey };
      const session = http2.connect(`https://127.0.0.1:${target.port}`, options);
      try {
        const [headers] = (await once(session.request({ ':path': '/apis' }), 'response')) as [
          http2.IncomingHttpHeaders & { ':status': number },
        ];
        assert.equal(headers[':status'], expected, name);
      } finally {
        session.destroy();
      }
    }
  });

  it('take no path of HTTP/2 for another', async () => {
    for (const path of [secrets, `${secrets}?x=%0d%0aAuthorization:%20Bearer%20admintoken`]) {
      const session = http2.connect(`https://127.0.0.1:${target.port}`, { rejectUnauthorized: false });
      try {
        const stream = session.request({ ':path': path, 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' });
        const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders & { ':status': number }];
        assert.equal(headers[':status'], 403, path);
      } finally {
        session.destroy();
      }
    }
  });
});
