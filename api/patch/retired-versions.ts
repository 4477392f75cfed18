import type { AnyObject } from '../meta/object.ts';
import { apiVersionOf } from '../resources/define-resource.ts';

/** What reading as a version fills in besides what every version does. */
type Defaults = 'labels of the template' | 'nothing';

const extensions = { 'apps/v1beta2': 'nothing', 'extensions/v1beta1': 'labels of the template' } as const;

/** Versions that are no longer served and that upstream still knows how to read, by kind of the group apps. */
const retired: Readonly<Record<string, Readonly<Record<string, Defaults>>>> = {
  Deployment: { 'apps/v1beta1': 'labels of the template', ...extensions },
  DaemonSet: extensions,
  ReplicaSet: extensions,
  StatefulSet: { 'apps/v1beta1': 'labels of the template', 'apps/v1beta2': 'nothing' },
  ControllerRevision: { 'apps/v1beta1': 'nothing', 'apps/v1beta2': 'nothing' },
};

/**
 * A patch may change the apiVersion of the document; it is then read as that version, with that version's defaults. Gives
 * the document in the version asked for; as it is where its version is no retired one. The argument is not changed.
 */
export function readRetiredVersion(
  type: { readonly group: string; readonly version: string; readonly kind: string },
  document: AnyObject,
): AnyObject {
  const known = type.group === 'apps' && document.kind === type.kind ? retired[type.kind] : undefined;
  const { apiVersion } = document;
  if (!known || apiVersion === undefined || !Object.hasOwn(known, apiVersion)) return document;
  const current = { ...document, apiVersion: apiVersionOf(type) };
  const labels = templateLabels(document);
  const isLabelled = Object.keys(document.metadata?.labels ?? {}).length > 0;
  if (known[apiVersion] === 'nothing' || labels === undefined || isLabelled) return current;
  return { ...current, metadata: { ...document.metadata, labels } };
}

function templateLabels(document: AnyObject): Record<string, string> | undefined {
  const { spec } = document as { spec?: { template?: { metadata?: { labels?: Record<string, string> } } } | null };
  const labels = spec?.template?.metadata?.labels;
  return labels && { ...labels };
}
