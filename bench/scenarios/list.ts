import { podName } from '../manifests.ts';
import { podsPath, requestLoad, type Scenario, type ScenarioContext } from '../scenario.ts';

/** Lists are long: a few at a time load a server fully. */
const concurrency = 4;

function lists(
  name: string,
  about: string,
  options: { count: number; query: (context: ScenarioContext) => string },
): Scenario {
  return {
    name,
    about,
    pods: 'reads',
    run: (context) =>
      requestLoad(context, {
        count: options.count,
        concurrency: Math.min(concurrency, context.concurrency),
        expected: [200],
        request: () => ({ method: 'GET', path: podsPath(context) + options.query(context) }),
      }),
  };
}

export const list = lists('list', 'list all pods as they are now', { count: 40, query: () => '' });

export const listCached = lists('list-cached', 'list all pods at resourceVersion=0', {
  count: 40,
  query: () => '?resourceVersion=0',
});

export const listChunked = lists('list-chunked', 'the first 500 pods of a list in chunks', {
  count: 200,
  query: () => '?limit=500',
});

export const listByLabel = lists('list-by-label', 'list by a label that selects one pod', {
  count: 100,
  query: ({ pods }) => `?labelSelector=n%3D${podName(Math.floor(pods / 2))}`,
});
