import { defineSection } from './config-section.ts';

interface AuthorizationConfig {
  readonly authorizationModes: readonly string[];
}

/** Who decides what a caller may do. */
export const authorization = defineSection({
  heading: 'Authorization',
  flags: {
    'authorization-mode': {
      kind: 'strings',
      default: [],
      description:
        'Ordered list of plug-ins to do authorization on secure port: AlwaysAllow, AlwaysDeny, Node, RBAC. AlwaysAllow where nothing is said.',
    },
  },
  defaults: { authorizationModes: ['AlwaysAllow'] },
  configOf: (values): AuthorizationConfig => ({
    authorizationModes: values.authorizationMode.length ? values.authorizationMode : ['AlwaysAllow'],
  }),
});
