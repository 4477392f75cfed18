import { prototypeNames, type Dice } from '../dice.ts';
import type { Attack } from './attack.ts';
import { sendAndCheck } from './expect.ts';

const methods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'LOCK',
  'M-SEARCH',
  'BOGUS',
  'get',
];
const segments = [
  '..', '.', '%2e%2e', '%2f', '%2F..%2f', '%00', '%ff', '%', '%zz', '%c0%af', 'api', 'apis', 'v1', 'namespaces', 'default', 'pods', 'configmaps',
  'watch', 'proxy', 'one', 'log', 'exec', 'status', 'scale', 'apps', 'healthz', 'metrics', 'openapi', 'v2', 'v3', 'debug', 'a:b', '*', ';', '',
  '\xe4', '~', ...prototypeNames,
]; // prettier-ignore

function oddPath(dice: Dice): string {
  if (dice.chance(0.03)) return `/${'x'.repeat(dice.pick([9000, 200_000]))}`;
  if (dice.chance(0.03)) return dice.pick(['*', 'http://other/api/v1/pods', '//other/api', '?', '/?', '/#x', 'api']);
  const depth = dice.number(0, 9);
  return `/${Array.from({ length: depth }, () => dice.pick(segments)).join('/')}`;
}

/** Paths and methods that nobody serves. A proxy answers 503 for who is not there. */
export const paths: Attack = {
  name: 'paths',
  run: async (target, dice) => {
    await sendAndCheck(target, { method: dice.pick(methods), path: oddPath(dice) }, [501, 502, 503]);
  },
};

const parameters = [
  'labelSelector', 'fieldSelector', 'limit', 'continue', 'resourceVersion', 'resourceVersionMatch', 'timeoutSeconds', 'timeout', 'watch',
  'sendInitialEvents', 'allowWatchBookmarks', 'dryRun', 'fieldManager', 'fieldValidation', 'pretty', 'gracePeriodSeconds', 'propagationPolicy',
  'orphanDependents', 'tailLines', 'sinceSeconds', 'container', 'follow', 'limitBytes', 'includeObject', 'verbose', 'exclude', ...prototypeNames,
]; // prettier-ignore
const values = [
  '', '0', '-1', '1', '1e99', '99999999999999999999', '9223372036854775807', 'true', 'false', 'null', '__proto__', 'a=b', 'a in (b,c)', '!a', 'a==',
  'in in (in)', 'a notin ()', '=', ',,,', 'metadata.name=x', 'metadata.__proto__=x', '__proto__=x', 'spec.nodeName!=', 'constructor.name=x',
  'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiLi4vLi4ifQ', 'e30', '%', '%zz', '%00', '%ff%fe', '1ns', '-1s', 'NotOlderThan', 'Exact', 'All',
]; // prettier-ignore
const targets = [
  '/api/v1/pods',
  '/api/v1/namespaces/default/configmaps',
  '/api/v1/namespaces/default/pods/one',
  '/api/v1/namespaces/default/pods/one/log',
  '/api/v1/watch/pods',
  '/apis/apps/v1/deployments',
  '/api/v1/nodes',
  '/api/v1/events',
  '/readyz',
  '/openapi/v2',
];

function oddQuery(dice: Dice): string {
  if (dice.chance(0.03)) return `labelSelector=${'a,'.repeat(50_000)}a`;
  if (dice.chance(0.03)) return '&'.repeat(10_000);
  return Array.from({ length: dice.number(1, 5) }, () => {
    const value = dice.chance(0.7) ? dice.pick(values) : encodeURIComponent(dice.text(8).toWellFormed());
    return `${dice.pick(parameters)}=${value.replace(/[\s\0]/g, '+')}`;
  }).join('&');
}

/** Queries that mean nothing, or something else to each who reads them. A deadline of nothing is over at once. */
export const queries: Attack = {
  name: 'queries',
  run: async (target, dice) => {
    const method = dice.pick(['GET', 'GET', 'GET', 'DELETE']);
    const [path] = [dice.pick(method === 'DELETE' ? targets.slice(1, 2) : targets)];
    const accept = dice.pick([
      'application/json',
      'application/json;as=Table;g=meta.k8s.io;v=v1',
      'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
      'application/vnd.kubernetes.protobuf',
      'application/yaml',
      '*/*',
      ';;,,q=x',
      dice.text(10).replace(/[^\x20-\x7e]/g, ''),
    ]);
    await sendAndCheck(target, { method, path: `${path}?${oddQuery(dice)}`, headers: { accept } }, [502, 504]);
  },
};

const headerNames = [
  'authorization', 'impersonate-user', 'impersonate-group', 'impersonate-uid', 'impersonate-extra-__proto__', 'impersonate-extra-%zz', 'accept',
  'accept-encoding', 'content-type', 'content-encoding', 'audit-id', 'x-remote-user', 'sec-websocket-protocol', 'if-none-match', 'range', 'expect',
  'cookie', 'x-forwarded-for', 'x-http-method-override', ...prototypeNames,
]; // prettier-ignore

/** Headers that ask to be somebody else, or for what nobody has. */
export const headers: Attack = {
  name: 'headers',
  run: async (target, dice) => {
    const odd = Object.fromEntries(
      Array.from({ length: dice.number(1, 5) }, () => [
        dice.pick(headerNames),
        dice.chance(0.1) ? 'x'.repeat(60_000) : dice.text(dice.number(0, 20)).replace(/[\r\n\0]/g, ' '),
      ]),
    );
    await sendAndCheck(target, { method: dice.pick(['GET', 'POST']), path: dice.pick(targets), headers: odd }, [502]);
  },
};
