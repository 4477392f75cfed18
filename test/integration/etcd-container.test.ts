import { after, before, describe } from 'mocha';
import { createEtcd3Storage } from '../../apiserver/storage/etcd3-storage/etcd3-storage.ts';
import { storageContract } from '../../apiserver/storage/storage.contract.ts';
import type { Storage } from '../../apiserver/storage/storage.ts';
import { startEtcdContainer } from '../support/etcd-container.ts';
import { createTestDeps } from '../support/test-deps.ts';

describe('the store on etcd in a container', function () {
  this.timeout(60_000);
  let etcd: Awaited<ReturnType<typeof startEtcdContainer>>;
  let storage: Storage;
  const open = (): Storage => createEtcd3Storage({ endpoints: [etcd.endpoint], deps: createTestDeps() });

  before(async () => {
    etcd = await startEtcdContainer();
    storage = open();
  });
  after(async () => {
    await storage?.close();
    await etcd?.stop();
  });

  storageContract('etcd in a container', { storage: () => storage, createStorage: open, passLease: async () => {} }); // the suite waits: etcd has its own clock
});
