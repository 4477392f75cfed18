/** What drivers, pools, devices and their attributes may be called. */
import { addInvalid, checkSubdomain, type Errors } from '../../meta/field-checks.ts';
import { invalidValue, required, tooLong } from '../../meta/field-error.ts';
import { isCIdentifier } from '../../meta/names.ts';
import { checkCsiDriverName } from '../core/volume-sources.ts';

const poolNameMaxLength = 253;
const identifierMaxLength = 32;

/** The name of a driver: as that of a CSI driver. */
export const checkDriver = checkCsiDriverName;

/** The name of a pool: subdomains with slashes between them. */
export function checkPoolName(name: string | undefined, field: string, errors: Errors): void {
  if (!name) {
    errors.push(required(field));
    return;
  }
  if (name.length > poolNameMaxLength) errors.push(tooLong(field, poolNameMaxLength));
  for (const part of name.split('/')) checkSubdomain(part, field, errors);
}

/** `identifier` or `domain/identifier`, as attributes and capacities of devices are called; upstream lets pass what has more slashes. */
export function checkAttributeName(name: string, field: string, errors: Errors): void {
  const parts = name.split('/');
  if (parts.length === 1) checkIdentifier(name, field, errors);
  if (parts.length !== 2) return;
  const [domain = '', identifier = ''] = parts;
  if (!domain) errors.push(invalidValue(field, '', 'the domain must not be empty'));
  else checkDriver(domain, field, errors);
  if (!identifier) errors.push(invalidValue(field, '', 'the name must not be empty'));
  else checkIdentifier(identifier, field, errors);
}

/** `domain/identifier`. */
export function checkFullAttributeName(name: string, field: string, errors: Errors): void {
  checkAttributeName(name, field, errors);
  const why = 'a fully qualified name must be a domain and a name separated by a slash';
  if (!name.includes('/')) errors.push(invalidValue(field, name, why));
}

function checkIdentifier(identifier: string, field: string, errors: Errors): void {
  if (identifier.length > identifierMaxLength) errors.push(tooLong(field, identifierMaxLength));
  addInvalid(isCIdentifier(identifier), field, identifier, errors);
}

const plainUid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A UUID of RFC 4122 in its plain form. */
export function checkUid(uid: string, field: string, errors: Errors): void {
  if (plainUid.test(uid)) return;
  const why = whyNoUuid(uid);
  const plain =
    'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters';
  errors.push(invalidValue(field, uid, why ? `error validating uid: ${why}` : plain));
}

/** Why a text has none of the forms that are read as a UUID, in the words of Go's `google/uuid`. */
function whyNoUuid(text: string): string | undefined {
  const format = 'invalid UUID format';
  const length = Buffer.byteLength(text);
  if (length === 32) return /^[0-9a-f]*$/i.test(text) ? undefined : format;
  let uuid = text;
  if (length === 45) {
    if (!/^urn:uuid:/i.test(text)) return `invalid urn prefix: ${JSON.stringify(text.slice(0, 9))}`;
    uuid = text.slice(9);
  } else if (length === 38) {
    if (!text.startsWith('{') || !text.endsWith('}')) return 'invalid bracketed UUID format';
    uuid = text.slice(1, -1);
  } else if (length !== 36) return `invalid UUID length: ${length}`;
  return plainUid.test(uuid.toLowerCase()) ? undefined : format;
}
