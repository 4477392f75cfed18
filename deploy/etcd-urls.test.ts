import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { defaultPorts } from './cluster-config.ts';
import { checkEtcdUrls, etcdAddresses, etcdUrls } from './etcd-urls.ts';

const clientUrls = (urls: readonly string[]) =>
  etcdUrls({ ports: defaultPorts, nodeIp: '192.0.2.7', etcdListenClientUrls: urls, etcdListenPeerUrls: [] }).client;

describe('etcdUrls', () => {
  for (const { asked, listen, advertise, local, isTls } of [
    {
      asked: [],
      listen: ['http://127.0.0.1:2379'],
      advertise: ['http://127.0.0.1:2379'],
      local: 'http://127.0.0.1:2379',
      isTls: false,
    },
    {
      asked: ['http://127.0.0.1:2379'],
      listen: ['http://127.0.0.1:2379'],
      advertise: ['http://127.0.0.1:2379'],
      local: 'http://127.0.0.1:2379',
      isTls: false,
    },
    {
      asked: ['https://192.0.2.7:2379'],
      listen: ['https://192.0.2.7:2379', 'https://127.0.0.1:2379'],
      advertise: ['https://192.0.2.7:2379', 'https://127.0.0.1:2379'],
      local: 'https://127.0.0.1:2379',
      isTls: true,
    },
    {
      asked: ['https://0.0.0.0:2379'],
      listen: ['https://0.0.0.0:2379'],
      advertise: ['https://192.0.2.7:2379'],
      local: 'https://127.0.0.1:2379',
      isTls: true,
    },
  ])
    it(`listens on ${listen.join(' and ')} for ${asked.join() || 'nothing'}`, () => {
      assert.deepEqual(clientUrls(asked), { listen, advertise, local, isTls });
    });

  it('vouches for the addresses that are not of the loopback', () => {
    assert.deepEqual(etcdAddresses(clientUrls(['https://198.51.100.1:2379'])), ['198.51.100.1']);
    assert.deepEqual(etcdAddresses(clientUrls(['https://0.0.0.0:2379'])), ['192.0.2.7']);
  });
});

describe('checkEtcdUrls', () => {
  const check = (...urls: string[]) => checkEtcdUrls('--etcd-listen-client-urls', urls);

  it('names the port', () => {
    assert.equal(check(), undefined);
    assert.equal(check('http://127.0.0.1:3379'), 3379);
    assert.equal(check('https://192.0.2.7:2379', 'https://[2001:db8::1]:2379'), 2379);
  });

  for (const [urls, why] of [
    [['http://192.0.2.7:2379'], /http:\/\/192\.0\.2\.7:2379 would let everybody in .* \(https:\/\/192\.0\.2\.7:2379\)/],
    [['http://0.0.0.0:2379'], /would let everybody in/],
    [['https://localhost:2379'], /is not a URL such as https:\/\/192\.0\.2\.1:2379/],
    [['192.0.2.7:2379'], /is not a URL such as/],
    [['https://192.0.2.7'], /is not a URL such as/],
    [['http://127.0.0.1:2379', 'https://192.0.2.7:2379'], /must be http, or all https/],
    [['https://127.0.0.1:2379', 'https://192.0.2.7:2378'], /must have one port/],
  ] as const)
    it(`refuses ${urls.join(' with ')}`, () => assert.throws(() => check(...urls), why));
});
