import { admissionPlugins } from '../../apiserver/admission/index.ts';

/** How much a server asks before it stores something. */
export type Guards = 'all' | 'none';

/** Plugins that refuse or make up what nobody asked for, or that need a configuration of their own. */
const leftOut = ['AlwaysAdmit', 'AlwaysDeny', 'EventRateLimit', 'ImagePolicyWebhook', 'NamespaceAutoProvision'];

/**
 * Flags of a server with RBAC and every admission plugin that can run without a configuration, and of one that lets
 * everybody do everything and runs none.
 */
export function flagsOf(guards: Guards): string[] {
  const named = (onByDefault: boolean): string =>
    admissionPlugins
      .filter((plugin) => plugin.onByDefault === onByDefault && !leftOut.includes(plugin.name))
      .map(({ name }) => name)
      .join(',');
  return guards === 'all'
    ? ['--authorization-mode=Node,RBAC', `--enable-admission-plugins=${named(false)}`]
    : ['--authorization-mode=AlwaysAllow', `--disable-admission-plugins=${named(true)}`];
}
