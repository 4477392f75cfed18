import { flowSchemas } from '../../api/resources/flowcontrol/flow-schema.ts';
import { priorityLevelConfigurations } from '../../api/resources/flowcontrol/priority-level-configuration.ts';
import { defaultLevels, defaultSchemas } from '../flow-control/default-objects.ts';
import { createMissing } from './create-missing.ts';
import type { PostStartHook } from './post-start-hook.ts';
import { untilDone } from './until-done.ts';

const producer = 'api-priority-and-fairness-config-producer-v1';

/** The priority levels and flow schemas that every cluster has, of which operators change what they like. */
export const flowControlDefaults: PostStartHook = {
  name: 'priority-and-fairness-config-producer',
  run: (deps, done, signal) =>
    untilDone('flow control defaults', deps, signal, async () => {
      const options = { fieldManager: producer, signal };
      await Promise.all([
        createMissing(deps, priorityLevelConfigurations, defaultLevels, options),
        createMissing(deps, flowSchemas, defaultSchemas, options),
      ]);
      done();
    }),
};
