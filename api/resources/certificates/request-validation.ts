import { addInvalid, unsupported, type Errors } from '../../meta/field-checks.ts';
import { duplicate, forbiddenField, invalidValue, required, type FieldError } from '../../meta/field-error.ts';
import { isDns1123Subdomain } from '../../meta/names.ts';
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from '../../schema/generated/certificates-v1.ts';
import { whyNoCertificates, whyNoRequest } from './pem.ts';

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

/** `example.com/name`, of limited length. */
function validateSignerName(name: string, field: string, errors: Errors): void {
  if (!name) {
    errors.push(required(field));
    return;
  }
  const segments = name.split('/');
  if (segments.length !== 2) {
    errors.push(
      invalidValue(field, name, 'must be a fully qualified domain and path of the form "example.com/signer-name"'),
    );
    return;
  }
  const [domain = '', path = ''] = segments;
  addInvalid(isDns1123Subdomain(domain), field, domain, errors);
  if (domain.split('.').length < 2)
    errors.push(invalidValue(field, domain, 'should be a domain with at least two segments separated by dots'));
  addInvalid(isDns1123Subdomain(path), field, path, errors);
  const maxLength = 63 * 9 + 5;
  if (name.length > maxLength) errors.push(invalidValue(field, name, `must be no more than ${maxLength} bytes`));
}

function validateConditions(conditions: readonly CertificateSigningRequestCondition[], errors: Errors): void {
  const seen = new Set<string>();
  let hasApproved = false;
  let hasDenied = false;
  for (const [index, { type, status }] of conditions.entries()) {
    const at = `status.conditions[${index}]`;
    if (!type) errors.push(required(`${at}.type`));
    const mustHold = type === 'Approved' || type === 'Denied' || type === 'Failed';
    if (!status) errors.push(required(`${at}.status`));
    else if (mustHold && status !== 'True') errors.push(unsupported(`${at}.status`, status, ['True']));
    else if (!mustHold && !conditionStatuses.includes(status))
      errors.push(unsupported(`${at}.status`, status, conditionStatuses));
    hasApproved ||= type === 'Approved';
    hasDenied ||= type === 'Denied';
    if (seen.has(type)) errors.push(duplicate(`${at}.type`, type));
    seen.add(type);
  }
  if (hasApproved && hasDenied) {
    const last = conditions.findLast(({ type }) => type === 'Approved' || type === 'Denied');
    const why = 'Approved and Denied conditions are mutually exclusive';
    errors.push(invalidValue('status.conditions', last?.type, why));
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
  validateConditions(next.status?.conditions ?? [], errors);
  const path = 'status.conditions';
  const count = ({ status }: CertificateSigningRequest, type: string): number =>
    status?.conditions?.filter((condition) => condition.type === type).length ?? 0;
  for (const type of ['Approved', 'Denied', 'Failed'])
    if (count(next, type) < count(old, type))
      errors.push(forbiddenField(path, `updates may not remove a condition of type "${type}"`));
  for (const type of rules.mayDecide ? [] : ['Approved', 'Denied'])
    if (count(next, type) > count(old, type))
      errors.push(forbiddenField(path, `updates may not add a condition of type "${type}"`));
  const certificate = next.status?.certificate;
  const before = old.status?.certificate;
  if ((certificate ?? '') !== (before ?? '')) {
    const path = 'status.certificate';
    if (!rules.mayCertify) errors.push(forbiddenField(path, 'updates may not set certificate content'));
    else if (before) errors.push(forbiddenField(path, 'updates may not modify existing certificate content'));
    else {
      const why = whyNoCertificates(certificate ?? '');
      if (why) errors.push(invalidValue(path, '<certificate data>', why));
    }
  }
  return errors;
}
