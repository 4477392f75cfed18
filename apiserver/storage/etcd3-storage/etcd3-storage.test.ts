import { Registry } from 'prom-client';
import { after, before, describe } from 'mocha';
import type { Deps } from '../../../component/deps.ts';
import { silentLogger } from '../../../component/logger.ts';
import { systemClock } from '../../../component/clock.ts';
import { systemRandom } from '../../../component/random.ts';
import { startEtcd, type Etcd } from '../../../test/support/etcd.ts';
import type { Storage } from '../storage.ts';
import { storageContract } from '../storage.contract.ts';
import { createEtcd3Storage } from './etcd3-storage.ts';

const newDeps = (): Deps => ({ clock: systemClock, random: systemRandom, log: silentLogger, metrics: new Registry() });

describe('etcd3 storage', () => {
  let etcd: Etcd;
  let storage: Storage;

  before(async () => {
    etcd = await startEtcd();
    storage = createEtcd3Storage({ endpoints: [etcd.endpoint], deps: newDeps() });
  });

  after(async () => {
    await storage?.close();
    await etcd?.stop();
  });

  storageContract('etcd3', {
    storage: () => storage,
    createStorage: () => createEtcd3Storage({ endpoints: [etcd.endpoint], deps: newDeps() }),
    passLease: async () => {},
  });
});
