import { addInvalid, type Errors } from '../../meta/field-checks.ts';
import { invalidValue, required, tooLong } from '../../meta/field-error.ts';
import { isDns1123Label, isDns1123Subdomain } from '../../meta/names.ts';

const domainMaxLength = 253;
/** Behind the slash there is room for a namespace and the name of a resource in it. */
const pathMaxLength = 253 + 63 + 1;
const maxLength = domainMaxLength + pathMaxLength + 1;

/** `example.com/name`: who signs, or whose trust it is. */
export function validateSignerName(name: string, field: string, errors: Errors): void {
  if (!name) {
    errors.push(required(field));
    return;
  }
  const [domain = '', path, ...rest] = name.split('/');
  if (path === undefined || rest.length > 0) {
    const why = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    errors.push(invalidValue(field, name, why));
    return;
  }
  if (domain.length > domainMaxLength) errors.push(tooLong(field, domainMaxLength));
  const labels = domain.split('.');
  checkParts(labels, isDns1123Label, { field, shown: domain }, errors);
  if (labels.length < 2)
    errors.push(invalidValue(field, domain, 'should be a domain with at least two segments separated by dots'));
  checkParts(path.split('.'), isDns1123Subdomain, { field, shown: path }, errors);
  if (name.length > maxLength) errors.push(tooLong(field, maxLength));
}

/** What is wrong with the first part that is wrong. */
function checkParts(
  parts: readonly string[],
  check: (part: string) => string[],
  at: { readonly field: string; readonly shown: string },
  errors: Errors,
): void {
  for (const part of parts) {
    const messages = check(part).map((why) => `validating label ${JSON.stringify(part)}: ${why}`);
    addInvalid(messages, at.field, at.shown, errors);
    if (messages.length > 0) return;
  }
}
