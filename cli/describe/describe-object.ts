import type { AnyObject } from '../../api/meta/object.ts';
import type { Event } from '../../api/schema/generated/core-v1.ts';
import { alignTabs } from './align-tabs.ts';
import type { Describer, Surroundings } from './describer.ts';
import { eventRows } from './event-list.ts';
import { rowsOf } from './fields.ts';
import { controlledBy, identity } from './identity.ts';
import { describers } from './index.ts';
import { formatDate, row } from './lines.ts';

/** An object for a person: as kubectl shows its kind, or all fields by name; and what happened to it lately. */
export async function describeObject(
  object: AnyObject,
  events: readonly Event[] | undefined,
  around: Surroundings,
): Promise<string> {
  const group = object.apiVersion?.includes('/') ? object.apiVersion.split('/')[0] : '';
  const describer: Describer | undefined = describers.find((one) => one.group === group && one.kind === object.kind);
  const lines = describer ? await describer.describe(object, around) : genericRows(object);
  if (events && describer?.showsEvents !== false) lines.push(...eventRows(events, around.nowMs));
  return alignTabs(`${lines.join('\n')}\n`);
}

function genericRows(object: AnyObject): string[] {
  const { metadata, kind, apiVersion, ...rest } = object;
  return [
    ...identity(object),
    `API Version:\t${apiVersion ?? ''}`,
    `Kind:\t${kind ?? ''}`,
    `Created:\t${formatDate(metadata.creationTimestamp)}`,
    ...row('Terminating since', formatDate(metadata.deletionTimestamp)),
    ...controlledBy(object),
    ...rowsOf(rest),
  ];
}
