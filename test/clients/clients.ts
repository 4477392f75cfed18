import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { createTestCluster, type TestCluster } from '../e2e/support/cluster.ts';
import { busyboxImage, ensureTestImages, webImage, webImage2 } from '../e2e/support/images.ts';
import { checkClient } from './check-client.ts';
import { programClients } from './index.ts';
import { commandsOf, notRun } from './kubectl/commands-of.ts';
import { findKubectls } from './kubectl/find-kubectls.ts';
import { takeTour } from './kubectl/take-tour.ts';
import { tours } from './kubectl/tour/index.ts';

const asked = (process.env['K8TS_TEST_CLIENTS'] ?? '').split(',').filter(Boolean);
const isAsked = (...names: string[]): boolean => asked.length === 0 || names.some((name) => asked.includes(name));

/** The clients that were asked for, against one cluster. */
describe('clients', function () {
  this.timeout(180_000);
  let cluster: TestCluster;
  before(async () => {
    cluster = await createTestCluster(125);
    await ensureTestImages();
    await cluster.up();
  });
  after(async () => cluster?.destroy());

  for (const client of programClients) if (isAsked(client.name)) checkClient(client, () => cluster);

  const kubectls = findKubectls();
  const wanted = kubectls.filter(({ minor }) => isAsked('kubectl', `kubectl-1.${minor}`));
  const variables = { IMAGE: busyboxImage, WEB: webImage, WEB2: webImage2, NODE_NAME: 'node-125' };
  for (const kubectl of wanted) for (const tour of tours) takeTour(tour, kubectl, () => cluster.kubeconfig, variables);
  for (const { file, minor } of wanted.slice(-1))
    it(`every command of kubectl 1.${minor} is on a tour`, () => {
      const lines = tours.flatMap(({ files = {}, steps }) => [...Object.values(files), ...steps.map(([line]) => line)]);
      assert.deepEqual(notRun(commandsOf(file), lines), []);
    });
  if (wanted.length === 0 && asked.some((name) => name.startsWith('kubectl')))
    it.skip(
      `skipped: no such kubectl on the PATH, beside it or in $KUBECTLS (found: ${kubectls.map(({ minor }) => `1.${minor}`).join(', ') || 'none'})`,
    );
});
