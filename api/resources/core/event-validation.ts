/** Events have two versions, and rules that became stricter with the second. Both are checked in the core form. */
import { checkImmutable, checkQualifiedName, checkSubdomain, type Errors } from '../../meta/field-checks.ts';
import { invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import type { Event, ObjectReference } from '../../schema/generated/core-v1.ts';

const wordMaxLength = 128;
const messageMaxLength = 1024;

/** What holds for events of the core API. */
export function validateCoreEvent(event: Event): FieldError[] {
  const errors: Errors = [];
  validateLegacy(event, 'reportingComponent', errors);
  return errors;
}

function validateLegacy(event: Event, controllerField: string, errors: Errors): void {
  const { metadata, involvedObject = {} } = event;
  const namespace = metadata.namespace ?? '';
  const involved = involvedObject.namespace ?? '';
  const field = 'involvedObject.namespace';
  if (!event.eventTime) {
    // The older sort: it belongs where its object is; objects without a namespace have theirs in `default`.
    const isFine = involved === '' ? namespace === '' || namespace === 'default' : involved === namespace;
    if (!isFine) errors.push(invalidValue(field, involved, 'does not match event.namespace'));
  } else {
    if (involved === '' && namespace !== 'default' && namespace !== 'kube-system')
      errors.push(invalidValue(field, involved, 'does not match event.namespace'));
    const controller = event.reportingComponent ?? '';
    if (!controller) errors.push(required(controllerField));
    checkQualifiedName(controller, controllerField, errors);
    checkWord(event.reportingInstance, 'reportingInstance', errors);
    checkWord(event.action, 'action', errors);
    checkWord(event.reason, 'reason', errors);
    if ((event.message?.length ?? 0) > messageMaxLength)
      errors.push(invalidValue('message', '', `can have at most ${messageMaxLength} characters`));
  }
  checkSubdomain(namespace, 'namespace', errors);
}

function checkWord(word: string | undefined, field: string, errors: Errors): void {
  if (!word) errors.push(required(field));
  else if (word.length > wordMaxLength)
    errors.push(invalidValue(field, '', `can have at most ${wordMaxLength} characters`));
}

/** What holds for new events of events.k8s.io, in the core form. */
export function validateEventsV1Event(event: Event): FieldError[] {
  const errors: Errors = [];
  validateLegacy(event, 'reportingController', errors);
  validateSeries(event, errors);
  if (!event.eventTime) errors.push(required('eventTime'));
  if (event.type !== 'Normal' && event.type !== 'Warning')
    errors.push(invalidValue('type', '', `has invalid value: ${event.type ?? ''}`));
  const unset = 'needs to be unset';
  if (event.firstTimestamp) errors.push(invalidValue('firstTimestamp', '', unset));
  if (event.lastTimestamp) errors.push(invalidValue('lastTimestamp', '', unset));
  if (event.count) errors.push(invalidValue('count', '', unset));
  if (event.source?.component || event.source?.host) errors.push(invalidValue('source', '', unset));
  return errors;
}

function validateSeries({ series }: Event, errors: Errors): void {
  if (!series) return;
  if ((series.count ?? 0) < 2) errors.push(invalidValue('series.count', '', 'should be at least 2'));
  if (!series.lastObservedTime) errors.push(required('series.lastObservedTime'));
}

/** An event says what happened; only that it happened again may be added. */
export function validateEventsV1EventUpdate(next: Event, old: Event): FieldError[] {
  const errors: Errors = [];
  validateLegacy(next, 'reportingController', errors);
  const { count, lastObservedTime } = next.series ?? {};
  if (count !== old.series?.count || lastObservedTime !== old.series?.lastObservedTime) validateSeries(next, errors);
  checkImmutable(
    internalReference(next.involvedObject),
    internalReference(old.involvedObject),
    'involvedObject',
    errors,
  );
  checkImmutable(next.reason, old.reason, 'reason', errors);
  checkImmutable(next.message, old.message, 'message', errors);
  checkImmutable(internalSource(next), internalSource(old), 'source', errors);
  checkImmutable(next.firstTimestamp, old.firstTimestamp, 'firstTimestamp', errors);
  checkImmutable(next.lastTimestamp, old.lastTimestamp, 'lastTimestamp', errors);
  checkImmutable(next.count, old.count, 'count', errors);
  // Upstream looks at the reason twice, and says both times what it finds.
  checkImmutable(next.reason, old.reason, 'reason', errors);
  checkImmutable(next.type, old.type, 'type', errors);
  if ((next.eventTime ?? null) !== (old.eventTime ?? null))
    checkImmutable(next.eventTime, old.eventTime, 'eventTime', errors);
  checkImmutable(next.action, old.action, 'action', errors);
  const related = ({ related: reference }: Event): unknown => reference && internalReference(reference);
  checkImmutable(related(next), related(old), 'related', errors);
  checkImmutable(next.reportingComponent, old.reportingComponent, 'reportingController', errors);
  checkImmutable(next.reportingInstance, old.reportingInstance, 'reportingInstance', errors);
  return errors;
}

/** As upstream's messages show them: internal types. */
function internalSource({ source }: Event): unknown {
  return { Component: source?.component ?? '', Host: source?.host ?? '' };
}

function internalReference(reference: ObjectReference): unknown {
  return {
    Kind: reference.kind ?? '',
    Namespace: reference.namespace ?? '',
    Name: reference.name ?? '',
    UID: reference.uid ?? '',
    APIVersion: reference.apiVersion ?? '',
    ResourceVersion: reference.resourceVersion ?? '',
    FieldPath: reference.fieldPath ?? '',
  };
}
