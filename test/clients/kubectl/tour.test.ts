import { after, before, describe } from 'mocha';
import { createTestCluster, type TestCluster } from '../../e2e/support/cluster.ts';
import { findKubectls } from './find-kubectls.ts';
import { takeTour } from './take-tour.ts';
import { tours } from './tour/index.ts';

const kubectls = findKubectls();
const ends = [...new Set([kubectls.at(0), kubectls.at(-1)])].filter((kubectl) => kubectl !== undefined);

if (ends.length === 0)
  console.log('There is no kubectl on this machine ($KUBECTLS, PATH), so none is taken on a tour.');
else
  describe('kubectl, the oldest and the newest here, with an API server and controllers', function () {
    this.timeout(120_000);
    let cluster: TestCluster;
    before(async () => {
      cluster = await createTestCluster(126);
      await cluster.up(['--only=etcd,kube-apiserver,kube-controller-manager', '--no-addons']);
    });
    after(async () => cluster?.destroy());
    for (const kubectl of ends)
      for (const tour of tours.filter(({ isShort }) => isShort)) takeTour(tour, kubectl, () => cluster.kubeconfig);
  });
