import { randomUUID } from 'node:crypto';
import { systemClock } from '../../../component/clock.ts';
import { silentLogger } from '../../../component/logger.ts';
import { ensureBusyboxImage } from '../../../test/support/images.ts';
import { containerRuntimeContract } from '../container-runtime.contract.ts';
import { createDockerRuntime } from './docker-runtime.ts';

containerRuntimeContract('docker', async () => {
  const deps = { clock: systemClock, log: silentLogger };
  return {
    runtime: createDockerRuntime({ instance: `test-${randomUUID()}` }, deps),
    other: createDockerRuntime({ instance: `test-${randomUUID()}` }, deps),
    image: await ensureBusyboxImage(),
  };
});
