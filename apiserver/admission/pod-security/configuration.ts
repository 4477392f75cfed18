import type { User } from '../../authenticators/authenticator.ts';
import { modes, policyOf, type Policy } from './policy.ts';

/** What holds where labels say nothing, and whom the standards do not concern: `PodSecurityConfiguration`. */
export interface PodSecurityConfiguration {
  readonly defaults: Policy;
  /** Why a request is exempt, or undefined. */
  exemption(request: {
    readonly user?: User;
    readonly namespace?: string;
    readonly runtimeClassName?: string;
  }): 'user' | 'namespace' | 'runtimeClass' | undefined;
}

/** Reads the settings of the plugin. Throws an Error where a level, a version or a list is none. */
export function podSecurityConfiguration(settings: Readonly<Record<string, unknown>> = {}): PodSecurityConfiguration {
  const given = (settings['defaults'] ?? {}) as Readonly<Record<string, string>>;
  const labels: Record<string, string> = {};
  for (const mode of modes) {
    for (const key of [mode, `${mode}-version`]) {
      if (given[key] !== undefined) labels[`pod-security.kubernetes.io/${key}`] = given[key];
    }
  }
  const { policy, errors } = policyOf(labels);
  if (errors.length) throw new Error(`PodSecurity: defaults: ${errors.map(({ detail }) => detail).join(', ')}`);
  const exemptions = (settings['exemptions'] ?? {}) as Readonly<Record<string, unknown>>;
  const list = (name: string): ReadonlySet<string> => {
    const items = exemptions[name] ?? [];
    if (!Array.isArray(items)) throw new Error(`PodSecurity: exemptions.${name} must be a list`);
    return new Set(items as string[]);
  };
  const [users, namespaces, runtimeClasses] = [list('usernames'), list('namespaces'), list('runtimeClasses')];
  return {
    defaults: policy,
    exemption: ({ user, namespace, runtimeClassName }) => {
      if (user && users.has(user.name)) return 'user';
      if (namespace && namespaces.has(namespace)) return 'namespace';
      return runtimeClassName && runtimeClasses.has(runtimeClassName) ? 'runtimeClass' : undefined;
    },
  };
}
