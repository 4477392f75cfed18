import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { ApiError } from '../api/meta/errors.ts';
import { createInProcessTransport } from './in-process-transport.ts';
import { discover, type Discovery } from './discovery.ts';
import { createClient } from './rest-client.ts';

const aggregatedType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const verbs = ['create', 'get', 'list'];

const aggregated: Record<string, unknown> = {
  '/api': {
    kind: 'APIGroupDiscoveryList',
    items: [
      {
        metadata: {},
        versions: [
          {
            version: 'v1',
            freshness: 'Current',
            resources: [
              {
                resource: 'pods',
                responseKind: { group: '', version: 'v1', kind: 'Pod' },
                scope: 'Namespaced',
                singularResource: 'pod',
                verbs,
                shortNames: ['po'],
                categories: ['all'],
                subresources: [{ subresource: 'log', responseKind: { kind: 'Pod' }, verbs: ['get'] }],
              },
              {
                resource: 'events',
                responseKind: { kind: 'Event' },
                scope: 'Namespaced',
                singularResource: 'event',
                verbs,
                shortNames: ['ev'],
              },
              {
                resource: 'nodes',
                responseKind: { kind: 'Node' },
                scope: 'Cluster',
                singularResource: 'node',
                verbs,
                shortNames: ['no'],
              },
            ],
          },
        ],
      },
    ],
  },
  '/apis': {
    kind: 'APIGroupDiscoveryList',
    items: [
      {
        metadata: { name: 'autoscaling' },
        versions: ['v2', 'v1'].map((version) => ({
          version,
          freshness: 'Current',
          resources: [
            {
              resource: 'horizontalpodautoscalers',
              responseKind: { kind: 'HorizontalPodAutoscaler' },
              scope: 'Namespaced',
              singularResource: 'horizontalpodautoscaler',
              verbs,
              shortNames: ['hpa'],
              categories: ['all'],
            },
          ],
        })),
      },
      {
        metadata: { name: 'events.k8s.io' },
        versions: [
          {
            version: 'v1',
            freshness: 'Current',
            resources: [
              {
                resource: 'events',
                responseKind: { kind: 'Event' },
                scope: 'Namespaced',
                singularResource: 'event',
                verbs,
                shortNames: ['ev'],
              },
            ],
          },
        ],
      },
      { metadata: { name: 'metrics.k8s.io' }, versions: [{ version: 'v1beta1', freshness: 'Stale', resources: [] }] },
    ],
  },
};

const list = (groupVersion: string, ...resources: object[]): unknown => ({
  kind: 'APIResourceList',
  groupVersion,
  resources,
});
const hpa = {
  name: 'horizontalpodautoscalers',
  singularName: 'horizontalpodautoscaler',
  namespaced: true,
  kind: 'HorizontalPodAutoscaler',
  verbs,
  shortNames: ['hpa'],
  categories: ['all'],
};
const plain: Record<string, unknown> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': {
    kind: 'APIGroupList',
    groups: [
      { name: 'autoscaling', versions: [{ version: 'v2' }, { version: 'v1' }], preferredVersion: { version: 'v2' } },
      { name: 'events.k8s.io', versions: [{ version: 'v1' }], preferredVersion: { version: 'v1' } },
      { name: 'metrics.k8s.io', versions: [{ version: 'v1beta1' }], preferredVersion: { version: 'v1beta1' } },
    ],
  },
  '/api/v1': list(
    'v1',
    {
      name: 'pods',
      singularName: 'pod',
      namespaced: true,
      kind: 'Pod',
      verbs,
      shortNames: ['po'],
      categories: ['all'],
    },
    { name: 'pods/log', singularName: '', namespaced: true, kind: 'Pod', verbs: ['get'] },
    { name: 'events', singularName: 'event', namespaced: true, kind: 'Event', verbs, shortNames: ['ev'] },
    { name: 'nodes', singularName: 'node', namespaced: false, kind: 'Node', verbs, shortNames: ['no'] },
  ),
  '/apis/autoscaling/v2': list('autoscaling/v2', hpa),
  '/apis/autoscaling/v1': list('autoscaling/v1', hpa),
  '/apis/events.k8s.io/v1': list('events.k8s.io/v1', {
    name: 'events',
    singularName: 'event',
    namespaced: true,
    kind: 'Event',
    verbs,
    shortNames: ['ev'],
  }),
  '/apis/metrics.k8s.io/v1beta1': new ApiError(
    'ServiceUnavailable',
    'the server is currently unable to handle the request',
  ),
};

async function discoverFrom(answers: Record<string, unknown>, asked: string[] = []): Promise<Discovery> {
  const transport = createInProcessTransport((request) => {
    asked.push(request.path);
    if (request.path.split('/').length === 2) assert.ok(String(request.headers.accept).startsWith(aggregatedType));
    const value = answers[request.path];
    const body = value instanceof ApiError ? value.toStatus() : value;
    const status = value instanceof ApiError ? value.code : 200;
    return Promise.resolve({
      status,
      headers: {},
      body: { kind: 'bytes', chunks: [Buffer.from(JSON.stringify(body))] },
    });
  });
  return discover(createClient({ transport }));
}

describe('discovery', () => {
  for (const [name, answers, requests] of [
    ['aggregated', aggregated, 2],
    ['plain', plain, 7],
  ] as const) {
    describe(`from ${name} answers`, () => {
      let asked: string[];
      let found: Discovery;
      before(async () => {
        asked = [];
        found = await discoverFrom(answers, asked);
      });

      it('asks no more than it must', () => assert.equal(asked.length, requests));

      for (const [input, expected] of [
        ['pods', 'v1 pods'],
        ['Pods', 'v1 pods'],
        ['pod', 'v1 pods'],
        ['po', 'v1 pods'],
        ['Pod', 'v1 pods'],
        ['no', 'v1 nodes'],
        ['hpa', 'autoscaling/v2 horizontalpodautoscalers'],
        ['HorizontalPodAutoscaler', 'autoscaling/v2 horizontalpodautoscalers'],
        ['hpa.autoscaling', 'autoscaling/v2 horizontalpodautoscalers'],
        ['hpa.v1.autoscaling', 'autoscaling/v1 horizontalpodautoscalers'],
        ['events', 'v1 events'],
        ['ev.events.k8s.io', 'events.k8s.io/v1 events'],
        ['events.v1.events.k8s.io', 'events.k8s.io/v1 events'],
        ['pods.v1.', 'v1 pods'],
        ['nothing', undefined],
        ['pods.apps', undefined],
      ] as const) {
        it(`finds ${expected ?? 'nothing'} for ${input}`, () => {
          const resource = found.find(input);
          const text =
            resource && `${resource.group ? `${resource.group}/` : ''}${resource.version} ${resource.plural}`;
          assert.equal(text, expected);
        });
      }

      it('tells what a client must know', () => {
        const pods = found.find('pods')!;
        assert.deepEqual(
          { ...pods, subresources: [...pods.subresources] },
          {
            group: '',
            version: 'v1',
            kind: 'Pod',
            plural: 'pods',
            singular: 'pod',
            scope: 'Namespaced',
            shortNames: ['po'],
            categories: ['all'],
            verbs,
            subresources: [['log', { kind: 'Pod', verbs: ['get'] }]],
            isPreferred: true,
          },
        );
        assert.equal(found.find('nodes')?.scope, 'Cluster');
      });

      it('finds the resource of a kind', () => {
        assert.equal(found.forKind('v1', 'Pod')?.plural, 'pods');
        assert.equal(found.forKind('autoscaling/v1', 'HorizontalPodAutoscaler')?.version, 'v1');
        assert.equal(found.forKind('apps/v1', 'Pod'), undefined);
      });

      it('lists a category, each resource in one version', () => {
        assert.deepEqual(
          found.inCategory('all').map((r) => `${r.version} ${r.plural}`),
          ['v1 pods', 'v2 horizontalpodautoscalers'],
        );
      });

      it('goes on without a group that is away, and says so', () => {
        assert.deepEqual(
          found.failures.map((failure) => failure.groupVersion),
          ['metrics.k8s.io/v1beta1'],
        );
      });
    });
  }

  it('fails where the server refuses', async () => {
    const refuse = new ApiError('Forbidden', 'forbidden: User "x" cannot get path "/api"');
    await assert.rejects(discoverFrom({ '/api': refuse, '/apis': refuse }), /cannot get path/);
  });
});
