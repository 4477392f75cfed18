import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseGoUrl } from './go-url.ts';

describe('addresses as upstream reads them', () => {
  const none = { scheme: '', host: '', user: undefined, path: '', query: '', fragment: '' };
  for (const [text, parts] of [
    ['https://a.b:8443/c%20d?e=f#g', { scheme: 'https', host: 'a.b:8443', path: '/c d', query: 'e=f', fragment: 'g' }],
    ['HTTPS://u:p@h', { scheme: 'https', host: 'h', user: 'u:p' }],
    ['https:///p', { scheme: 'https', path: '/p' }],
    ['https://x:99999/y', { scheme: 'https', host: 'x:99999', path: '/y' }],
    ['https://[::1]:1/', { scheme: 'https', host: '[::1]:1', path: '/' }],
    ['mailto:a@b', { scheme: 'mailto' }],
    ['a/b:c', { path: 'a/b:c' }],
    ['', {}],
  ] as const)
    it(`reads ${text}`, () => assert.deepEqual(parseGoUrl(text), { ...none, ...parts }));

  for (const [text, why] of [
    ['://x', 'missing protocol scheme'],
    ['https://a b/', 'invalid character " " in host name'],
    ['https://a/%zz', 'invalid URL escape "%zz"'],
    ['https://%41/', 'invalid URL escape "%41"'],
    ['1:2', 'first path segment in URL cannot contain colon'],
    ['https://a:b/', 'invalid port ":b" after host'],
    ['https://[::1/', "missing ']' in host"],
    ['https://a{@b/', 'net/url: invalid userinfo'],
  ] as const)
    it(`refuses ${text}`, () => assert.throws(() => parseGoUrl(text), { message: `parse "${text}": ${why}` }));
});
