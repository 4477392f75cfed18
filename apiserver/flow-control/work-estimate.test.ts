import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { requestInfoOf } from '../stages/request-info.ts';
import { estimateWork } from './work-estimate.ts';

describe('work estimate', () => {
  const estimate = (
    method: string,
    url: string,
    { maxSeats = 10, objects = 0, watches = 0 },
  ): [number, number, number] => {
    const [path = '', text = ''] = url.split('?');
    const query = new URLSearchParams(text);
    const counts = {
      objects: (_: string, resource: string) => (resource === 'pods' ? objects : undefined),
      watches: () => watches,
    };
    const work = estimateWork({ query }, requestInfoOf({ method, path, query }), maxSeats, counts);
    return [work.initialSeats, work.finalSeats, work.additionalMs];
  };
  const cases: [string, string, string, Parameters<typeof estimate>[2], [number, number, number]][] = [
    ['a get', 'GET', '/api/v1/namespaces/x/pods/p', { objects: 5000 }, [1, 0, 0]],
    ['a path', 'GET', '/version', {}, [1, 0, 0]],
    ['a list of few', 'GET', '/api/v1/pods', { objects: 30 }, [1, 0, 0]],
    ['a list of some', 'GET', '/api/v1/pods', { objects: 301 }, [4, 0, 0]],
    ['a list of many', 'GET', '/api/v1/pods', { objects: 50_000 }, [10, 0, 0]],
    ['a list of many at a small level', 'GET', '/api/v1/pods', { objects: 50_000, maxSeats: 3 }, [3, 0, 0]],
    ['a list where the level has no limit', 'GET', '/api/v1/pods', { objects: 50_000, maxSeats: 0 }, [10, 0, 0]],
    ['a list of one name', 'GET', '/api/v1/pods?fieldSelector=metadata.name%3Dp', { objects: 5000 }, [1, 0, 0]],
    ['a list of what is not stored here', 'GET', '/apis/m.io/v1/things', { objects: 5000 }, [1, 0, 0]],
    ['a page from the cache', 'GET', '/api/v1/pods?limit=50&resourceVersion=0', { objects: 500 }, [5, 0, 0]],
    ['a page of a revision', 'GET', '/api/v1/pods?limit=50&resourceVersion=7', { objects: 500 }, [1, 0, 0]],
    ['a page that goes on', 'GET', '/api/v1/pods?limit=200&continue=x', { objects: 500 }, [4, 0, 0]],
    ['a page with a selector', 'GET', '/api/v1/pods?limit=200&continue=x&labelSelector=a', { objects: 500 }, [7, 0, 0]],
    ['a watch', 'GET', '/api/v1/pods?watch=1', { objects: 500 }, [1, 0, 0]],
    ['a watch with its state', 'GET', '/api/v1/pods?watch=1&sendInitialEvents=true', { objects: 500 }, [5, 0, 0]],
    ['a write that few hear of', 'PUT', '/api/v1/namespaces/x/pods/p', { watches: 9 }, [1, 0, 0]],
    ['a write that some hear of', 'POST', '/api/v1/namespaces/x/pods', { watches: 25 }, [1, 3, 5]],
    ['a write that many hear of', 'DELETE', '/api/v1/namespaces/x/pods/p', { watches: 400 }, [1, 10, 20]],
    ['a token', 'POST', '/api/v1/namespaces/x/serviceaccounts/a/token', { watches: 400 }, [1, 0, 0]],
  ];
  for (const [what, method, url, counts, expected] of cases)
    it(`of ${what}`, () => assert.deepEqual(estimate(method, url, counts), expected));
});
