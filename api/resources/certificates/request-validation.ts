import { unsupported, type Errors } from '../../meta/field-checks.ts';
import { duplicate, forbiddenField, invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from '../../schema/generated/certificates-v1.ts';
import { whyNoCertificates, whyNoRequest } from './pem.ts';
import { validateSignerName } from './signer-name.ts';

const usages = [
  'signing',
  'digital signature',
  'content commitment',
  'key encipherment',
  'key agreement',
  'data encipherment',
  'cert sign',
  'crl sign',
  'encipher only',
  'decipher only',
  'any',
  'server auth',
  'client auth',
  'code signing',
  'email protection',
  's/mime',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'timestamping',
  'ocsp signing',
  'microsoft sgc',
  'netscape sgc',
];
const minLifetimeSeconds = 600;
const conditionStatuses = ['False', 'True', 'Unknown'];

/**
 * Upstream's `ValidateCertificateSigningRequestCreate`. The request, base64 of PEM, must have the structure of one; its
 * signature is not checked. Updates are checked by the functions below.
 */
export function validateRequest({ spec, status }: CertificateSigningRequest): FieldError[] {
  const errors: Errors = [];
  const why = whyNoRequest(spec.request ?? '');
  if (why) errors.push(invalidValue('spec.request', spec.request ?? null, why));
  const given = spec.usages ?? [];
  if (given.length === 0) errors.push(required('spec.usages'));
  for (const [index, usage] of given.entries())
    if (!usages.includes(usage)) errors.push(unsupported(`spec.usages[${index}]`, usage, [...usages].sort()));
  const seen = new Set<string>();
  for (const [index, usage] of given.entries()) {
    if (seen.has(usage)) errors.push(duplicate(`spec.usages[${index}]`, usage));
    seen.add(usage);
  }
  if (spec.signerName === 'kubernetes.io/legacy-unknown')
    errors.push(
      invalidValue('spec.signerName', spec.signerName, 'the legacy signerName is not allowed via this API version'),
    );
  else validateSignerName(spec.signerName ?? '', 'spec.signerName', errors);
  const { expirationSeconds } = spec;
  if (expirationSeconds !== undefined && expirationSeconds < minLifetimeSeconds) {
    const tooShort = `may not specify a duration less than ${minLifetimeSeconds} seconds (10 minutes)`;
    errors.push(invalidValue('spec.expirationSeconds', expirationSeconds, tooShort));
  }
  validateConditions(status?.conditions ?? [], errors);
  return errors;
}

function validateConditions(conditions: readonly CertificateSigningRequestCondition[], errors: Errors): void {
  const seen = new Set<string>();
  for (const [index, { type, status }] of conditions.entries()) {
    const at = `status.conditions[${index}]`;
    if (!type) errors.push(required(`${at}.type`));
    const mustHold = type === 'Approved' || type === 'Denied' || type === 'Failed';
    if (!status) errors.push(required(`${at}.status`));
    else if (mustHold && status !== 'True') errors.push(unsupported(`${at}.status`, status, ['True']));
    else if (!mustHold && !conditionStatuses.includes(status))
      errors.push(unsupported(`${at}.status`, status, conditionStatuses));
    const opposite = type === 'Approved' ? 'Denied' : type === 'Denied' ? 'Approved' : undefined;
    if (opposite && seen.has(opposite))
      errors.push(invalidValue('status.conditions', type, 'Approved and Denied conditions are mutually exclusive'));
    if (seen.has(type)) errors.push(duplicate(`${at}.type`, type));
    seen.add(type);
  }
}

/** What the request asks for cannot change; nor can who may sign and decide here. */
export function validateRequestUpdate(next: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] {
  return validateChange(next, old, { mayDecide: false, mayCertify: false });
}

/** An update by the signer. */
export function validateRequestStatusUpdate(
  next: CertificateSigningRequest,
  old: CertificateSigningRequest,
): FieldError[] {
  return validateChange(next, old, { mayDecide: false, mayCertify: true });
}

/** An update by who approves or denies. */
export function validateRequestApproval(next: CertificateSigningRequest, old: CertificateSigningRequest): FieldError[] {
  return validateChange(next, old, { mayDecide: true, mayCertify: false });
}

function validateChange(
  next: CertificateSigningRequest,
  old: CertificateSigningRequest,
  rules: { readonly mayDecide: boolean; readonly mayCertify: boolean },
): FieldError[] {
  const errors: Errors = [];
  const path = 'status.conditions';
  validateConditions(next.status?.conditions ?? [], errors);
  const certificate = next.status?.certificate ?? '';
  const before = old.status?.certificate ?? '';
  const why = certificate === '' || certificate === before ? undefined : whyNoCertificates(certificate);
  if (why) errors.push(invalidValue('status.certificate', '<certificate data>', why));
  const added = (type: string): number => countOf(next, type) - countOf(old, type);
  for (const type of ['Approved', 'Denied', 'Failed'])
    if (added(type) < 0) errors.push(forbiddenField(path, `updates may not remove a condition of type "${type}"`));
  for (const type of ['Approved', 'Denied'])
    if (added(type) > 0 && !rules.mayDecide)
      errors.push(forbiddenField(path, `updates may not add a condition of type "${type}"`));
  if (certificate === before) return errors;
  if (!rules.mayCertify) errors.push(forbiddenField('status.certificate', 'updates may not set certificate content'));
  else if (before)
    errors.push(forbiddenField('status.certificate', 'updates may not modify existing certificate content'));
  return errors;
}

const countOf = ({ status }: CertificateSigningRequest, type: string): number =>
  status?.conditions?.filter((condition) => condition.type === type).length ?? 0;
