import { semanticEqual } from '../../meta/equality.ts';
import {
  checkImmutable,
  checkQuantityNotNegative,
  checkQualifiedName,
  checkSubdomain,
  immutable,
  unsupported,
  type Errors,
} from '../../meta/field-checks.ts';
import { duplicate, FieldError, forbiddenField, invalidValue, required, tooLong } from '../../meta/field-error.ts';
import { validateLabelSelector } from '../../meta/label-validation.ts';
import type {
  CSIDriver,
  CSIDriverSpec,
  CSINode,
  CSINodeDriver,
  CSIStorageCapacity,
  TokenRequest,
  VolumeAttachment,
  VolumeAttachmentSpec,
  VolumeAttachmentStatus,
  VolumeError,
} from '../../schema/generated/storage-v1.ts';
import { rangeError } from '../../meta/names.ts';
import { validateInlineVolumeSpec } from '../core/persistent-volume-validation.ts';
import { checkCsiDriverName } from '../core/volume-sources.ts';

const lifecycleModes = ['Persistent', 'Ephemeral'];
const fsGroupPolicies = ['File', 'None', 'ReadWriteOnceWithFSType'];
const minTokenSeconds = 600;
const minUpdateSeconds = 10;
const nodeIdMaxBytes = 256;
const metadataMaxBytes = 256 * 1024;
const messageMaxBytes = 1024;

/** Upstream's `ValidateCSIDriver`, after defaults: it requires fields that a client may leave out. */
export function validateCSIDriver({ spec }: CSIDriver): FieldError[] {
  const errors: Errors = [];
  validateDriverSpec(spec, errors);
  return errors;
}

function validateDriverSpec(spec: CSIDriverSpec, errors: Errors): void {
  for (const field of ['attachRequired', 'podInfoOnMount', 'storageCapacity'] as const)
    if (spec[field] === undefined) errors.push(required(`spec.${field}`));
  const policy = spec.fsGroupPolicy;
  if (policy === undefined) errors.push(required('spec.fsGroupPolicy'));
  else if (!fsGroupPolicies.includes(policy)) errors.push(unsupported('spec.fsGroupPolicy', policy, fsGroupPolicies));
  validateTokenRequests(spec.tokenRequests ?? [], errors);
  for (const mode of spec.volumeLifecycleModes ?? [])
    if (!lifecycleModes.includes(mode)) errors.push(unsupported('spec.volumeLifecycleModes', mode, lifecycleModes));
  if (spec.seLinuxMount === undefined) errors.push(required('spec.seLinuxMount'));
  const period = spec.nodeAllocatableUpdatePeriodSeconds;
  if (period !== undefined && period < minUpdateSeconds) {
    const why = `must be greater than or equal to ${minUpdateSeconds} seconds`;
    errors.push(invalidValue('spec.nodeAllocatableUpdatePeriodSeconds', period, why));
  }
  const inSecrets = spec.serviceAccountTokenInSecrets;
  if (inSecrets !== undefined && !spec.tokenRequests?.length) {
    const why = 'serviceAccountTokenInSecrets is set but no tokenRequests are specified';
    errors.push(invalidValue('spec.serviceAccountTokenInSecrets', inSecrets, why));
  }
}

function validateTokenRequests(requests: readonly TokenRequest[], errors: Errors): void {
  const seen = new Set<string>();
  for (const [index, { audience = '', expirationSeconds: seconds }] of requests.entries()) {
    const at = `spec.tokenRequests[${index}]`;
    if (seen.has(audience)) {
      errors.push(duplicate(`${at}.audience`, audience));
      continue;
    }
    seen.add(audience);
    if (seconds === undefined) continue;
    if (seconds < minTokenSeconds)
      errors.push(invalidValue(`${at}.expirationSeconds`, seconds, 'may not specify a duration less than 10 minutes'));
    if (seconds > 2 ** 32)
      errors.push(
        invalidValue(`${at}.expirationSeconds`, seconds, 'may not specify a duration larger than 2^32 seconds'),
      );
  }
}

/**
 * What `validateCSIDriver` says of `next`, and then that `attachRequired` (`attachedRequired` in upstream's message)
 * and the lifecycle modes may not change.
 */
export function validateCSIDriverUpdate(next: CSIDriver, old: CSIDriver): FieldError[] {
  const errors = validateCSIDriver(next);
  checkImmutable(next.spec.attachRequired, old.spec.attachRequired, 'spec.attachedRequired', errors);
  checkImmutable(next.spec.volumeLifecycleModes, old.spec.volumeLifecycleModes, 'spec.volumeLifecycleModes', errors);
  return errors;
}

/**
 * Upstream's `ValidateCSINode`: drivers are unique by name, and have a node ID. What is wrong with a topology key is
 * told of its driver.
 */
export function validateCSINode({ spec }: CSINode): FieldError[] {
  const errors: Errors = [];
  const names = new Set<string>();
  for (const [index, driver] of (spec.drivers ?? []).entries())
    validateNodeDriver(driver, names, `spec.drivers[${index}]`, errors);
  return errors;
}

function validateNodeDriver(driver: CSINodeDriver, names: Set<string>, path: string, errors: Errors): void {
  const { name = '', nodeID, topologyKeys, allocatable } = driver;
  checkCsiDriverName(name, `${path}.name`, errors);
  if (!nodeID) errors.push(required(`${path}.nodeID`));
  else if (Buffer.byteLength(nodeID) > nodeIdMaxBytes) {
    const why = `must be ${nodeIdMaxBytes} characters or less`;
    errors.push(invalidValue(`${path}.nodeID`, nodeID, why));
  }
  if (allocatable?.count !== undefined && allocatable.count < 0)
    errors.push(invalidValue(`${path}.allocatable.count`, allocatable.count, 'must be greater than or equal to 0'));
  if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
  names.add(name);
  const keys = new Set<string>();
  for (const key of topologyKeys ?? []) {
    if (!key) errors.push(required(path));
    if (keys.has(key)) errors.push(duplicate(path, key));
    keys.add(key);
    checkQualifiedName(key, path, errors);
  }
}

/** A driver that a node has keeps its identity there; only what it can hold may change. Upstream looks at the rest twice. */
export function validateCSINodeUpdate(next: CSINode, old: CSINode): FieldError[] {
  const errors = [...validateCSINode(next), ...validateCSINode(next)];
  for (const before of old.spec.drivers ?? []) {
    const index = (next.spec.drivers ?? []).findIndex(({ name }) => name === before.name);
    const now = next.spec.drivers?.[index];
    if (!now || semanticEqual({ ...now, allocatable: null }, { ...before, allocatable: null })) continue;
    // As upstream's message shows it: its internal type, without what may change.
    const shown = { Name: now.name, NodeID: now.nodeID, TopologyKeys: now.topologyKeys ?? null, Allocatable: null };
    errors.push(invalidValue('spec.drivers', shown, immutable));
  }
  return errors;
}

/**
 * Upstream's `ValidateCSIStorageCapacity`: the class by name, whether it exists or not, the topology, and a capacity
 * that is not negative. `maximumVolumeSize` is not looked at.
 */
export function validateStorageCapacity(object: CSIStorageCapacity): FieldError[] {
  const errors: Errors = [];
  const { storageClassName = '', nodeTopology, capacity } = object;
  checkSubdomain(storageClassName, 'storageClassName', errors);
  validateLabelSelector(nodeTopology, 'nodeTopology', errors);
  if (capacity !== undefined) checkQuantityNotNegative(capacity, 'capacity', errors);
  return errors;
}

/** What `validateStorageCapacity` says of `next`, and then that topology and class may not change; the capacity may. */
export function validateStorageCapacityUpdate(next: CSIStorageCapacity, old: CSIStorageCapacity): FieldError[] {
  const errors = validateStorageCapacity(next);
  checkImmutable(next.nodeTopology, old.nodeTopology, 'nodeTopology', errors);
  checkImmutable(next.storageClassName, old.storageClassName, 'storageClassName', errors);
  return errors;
}

/**
 * Upstream's `ValidateVolumeAttachment` and then its `ValidateVolumeAttachmentV1`, so an attacher that is absent is
 * told of twice. The status is checked too.
 */
export function validateVolumeAttachment(attachment: VolumeAttachment): FieldError[] {
  const errors = validateAnyAttachment(attachment);
  // Upstream looks at these again: older versions of the API let more pass.
  const { attacher, source } = attachment.spec;
  checkCsiDriverName(attacher, 'spec.attacher', errors);
  const { persistentVolumeName: name } = source;
  if (name !== undefined) checkSubdomain(name, 'spec.source.persistentVolumeName', errors);
  return errors;
}

function validateAnyAttachment({ spec, status }: VolumeAttachment): FieldError[] {
  const errors: Errors = [];
  if (!spec.attacher) errors.push(required('spec.attacher'));
  validateAttachmentSource(spec, errors);
  checkSubdomain(spec.nodeName ?? '', 'spec.nodeName', errors);
  validateAttachmentStatus(status, errors);
  return errors;
}

function validateAttachmentStatus(status: VolumeAttachmentStatus | undefined, errors: Errors): void {
  const { attachmentMetadata = {}, attachError, detachError } = status ?? {};
  let bytes = 0;
  for (const [key, value] of Object.entries(attachmentMetadata))
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  if (bytes > metadataMaxBytes) errors.push(tooLong('status.attachmentMetadata', metadataMaxBytes));
  validateVolumeError(attachError, 'status.attachError', errors);
  validateVolumeError(detachError, 'status.detachError', errors);
}

function validateVolumeError(error: VolumeError | undefined, path: string, errors: Errors): void {
  const { message = '', errorCode = 0 } = error ?? {};
  // Upstream tells of the limit of the metadata here.
  if (Buffer.byteLength(message) > messageMaxBytes) errors.push(tooLong(`${path}.message`, metadataMaxBytes));
  if (errorCode < 0) errors.push(invalidValue(`${path}.errorCode`, errorCode, rangeError(0, 2 ** 31 - 1)));
}

function validateAttachmentSource({ source }: VolumeAttachmentSpec, errors: Errors): void {
  const { inlineVolumeSpec, persistentVolumeName } = source;
  const which = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  if (persistentVolumeName !== undefined) {
    if (inlineVolumeSpec) errors.push(forbiddenField('spec.source', which));
    else if (!persistentVolumeName)
      errors.push(required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName'));
  } else if (inlineVolumeSpec) validateInlineVolumeSpec(inlineVolumeSpec, 'spec.source.inlineVolumeSpec', errors);
  else errors.push(required('spec.source', which));
}

/**
 * Upstream's `ValidateVolumeAttachmentUpdate`, for the object and for its status: the spec may not change, so what only
 * `validateVolumeAttachment` asks of its names is not asked again.
 */
export function validateVolumeAttachmentUpdate(next: VolumeAttachment, old: VolumeAttachment): FieldError[] {
  const errors = validateAnyAttachment(next);
  if (!semanticEqual(next.spec, old.spec))
    errors.push(new FieldError('FieldValueInvalid', 'spec', internalAttachment(next.spec), immutable));
  return errors;
}

/** As upstream's message shows it: its internal type. */
function internalAttachment({ attacher, source, nodeName }: VolumeAttachmentSpec): unknown {
  return {
    Attacher: attacher ?? '',
    Source: {
      PersistentVolumeName: source.persistentVolumeName ?? null,
      InlineVolumeSpec: source.inlineVolumeSpec ?? null,
    },
    NodeName: nodeName ?? '',
  };
}
