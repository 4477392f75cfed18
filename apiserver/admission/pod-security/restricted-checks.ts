import type { Volume } from '../../../api/schema/generated/core-v1.ts';
import { checkProcMount, explicitlyBadSeccomp, setBy } from './baseline-checks.ts';
import {
  containersNamed,
  distinct,
  isInUserNamespace,
  isSince,
  isWindows,
  namesWhere,
  plural,
  quoted,
  type AnyContainer,
  type Check,
} from './check.ts';

const allowedVolumes: readonly (keyof Volume)[] = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
];

/** What beyond the baseline makes a pod as safe as is known today. */
export const restrictedChecks: readonly Check[] = [
  {
    id: 'allowPrivilegeEscalation',
    sinceMinor: 8,
    check: (pod) => {
      if (isWindows(pod) && isSince(pod, 25)) return undefined;
      const bad = namesWhere(pod, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
      if (!bad.length) return undefined;
      return {
        reason: 'allowPrivilegeEscalation != false',
        detail: `${containersNamed(bad)} must set securityContext.allowPrivilegeEscalation=false`,
      };
    },
  },
  {
    id: 'capabilities_restricted',
    sinceMinor: 22,
    replaces: ['capabilities_baseline'],
    check: (pod) => {
      if (isWindows(pod) && isSince(pod, 25)) return undefined;
      const forbidden = ({ securityContext }: AnyContainer): string[] =>
        (securityContext?.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE');
      const keeping = namesWhere(pod, ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'));
      const adding = namesWhere(pod, (container) => forbidden(container).length > 0);
      const details = [];
      if (keeping.length)
        details.push(`${containersNamed(keeping)} must set securityContext.capabilities.drop=["ALL"]`);
      if (adding.length) {
        const names = distinct(pod.containers.flatMap(forbidden));
        details.push(
          `${containersNamed(adding)} must not include ${quoted(names)} in securityContext.capabilities.add`,
        );
      }
      return details.length ? { reason: 'unrestricted capabilities', detail: details.join('; ') } : undefined;
    },
  },
  { id: 'procMount_restricted', sinceMinor: 35, replaces: ['procMount'], check: checkProcMount },
  {
    id: 'restrictedVolumes',
    sinceMinor: 0,
    replaces: ['hostPathVolumes'],
    check: ({ spec }) => {
      const bad = (spec.volumes ?? []).filter((volume) => !allowedVolumes.some((kind) => volume[kind]));
      if (!bad.length) return undefined;
      const types = distinct(bad.map((volume) => Object.keys(volume).find((key) => key !== 'name') ?? 'unknown'));
      const volumes = `${plural('volume', 'volumes', bad.length)} ${quoted(bad.map(({ name }) => name))}`;
      const kinds = `${plural('restricted volume type', 'restricted volume types', types.length)} ${quoted(types)}`;
      return { reason: 'restricted volume types', detail: `${volumes} ${plural('uses', 'use', bad.length)} ${kinds}` };
    },
  },
  {
    id: 'runAsNonRoot',
    sinceMinor: 0,
    check: (pod) => {
      if (isInUserNamespace(pod)) return undefined;
      const reason = 'runAsNonRoot != true';
      const setters = setBy(pod, (context) => context?.runAsNonRoot === false);
      if (setters.length) {
        return { reason, detail: `${setters.join(' and ')} must not set securityContext.runAsNonRoot=false` };
      }
      if (pod.spec.securityContext?.runAsNonRoot) return undefined;
      const bad = namesWhere(pod, ({ securityContext }) => securityContext?.runAsNonRoot === undefined);
      if (!bad.length) return undefined;
      return { reason, detail: `pod or ${containersNamed(bad)} must set securityContext.runAsNonRoot=true` };
    },
  },
  {
    id: 'runAsUser',
    sinceMinor: 23,
    check: (pod) => {
      if (isInUserNamespace(pod)) return undefined;
      const setters = setBy(pod, (context) => context?.runAsUser === 0);
      if (!setters.length) return undefined;
      return { reason: 'runAsUser=0', detail: `${setters.join(' and ')} must not set runAsUser=0` };
    },
  },
  {
    id: 'seccompProfile_restricted',
    sinceMinor: 19,
    replaces: ['seccompProfile_baseline'],
    check: (pod) => {
      if (isWindows(pod) && isSince(pod, 25)) return undefined;
      const explicit = explicitlyBadSeccomp(pod);
      if (explicit || pod.spec.securityContext?.seccompProfile) return explicit;
      const bad = namesWhere(pod, ({ securityContext }) => !securityContext?.seccompProfile);
      if (!bad.length) return undefined;
      return {
        reason: 'seccompProfile',
        detail: `pod or ${containersNamed(bad)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
      };
    },
  },
];
