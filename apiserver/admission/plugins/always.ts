import type { AdmissionPlugin } from '../admission.ts';
import { refuse } from '../refuse.ts';

/** Refuses everything; for tests of what happens then. */
export function createAlwaysDeny(): AdmissionPlugin {
  return {
    name: 'AlwaysDeny',
    handles: () => true,
    validate: (request) => {
      throw refuse(request, 'admission control is denying all modifications');
    },
  };
}

/** Lets everything in, as no plugin at all does. */
export function createAlwaysAdmit(): AdmissionPlugin {
  return { name: 'AlwaysAdmit', handles: () => false };
}
