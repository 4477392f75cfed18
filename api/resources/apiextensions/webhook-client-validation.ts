/** How the server reaches a webhook: of admission, or for the conversion of custom resources. */
import type { Errors } from '../../meta/field-checks.ts';
import { invalidValue, required } from '../../meta/field-error.ts';
import { isDns1123Subdomain, isValidPortNumber } from '../../meta/names.ts';

const form = '; desired format: https://host[/path]';

export function validateWebhookUrl(text: string, field: string, errors: Errors): void {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    if (/^[a-z][a-z0-9+.-]*:\/\/?$/i.test(text)) {
      errors.push(invalidValue(field, '', `host must be specified${form}`));
      return;
    }
    if (!text.includes('://')) {
      errors.push(invalidValue(field, '', `'https' is the only allowed URL scheme${form}`));
      errors.push(invalidValue(field, '', `host must be specified${form}`));
      return;
    }
    errors.push(required(field, `url must be a valid URL: parse ${JSON.stringify(text)}: invalid URL${form}`));
    return;
  }
  const scheme = url.protocol.slice(0, -1);
  if (scheme !== 'https') errors.push(invalidValue(field, scheme, `'https' is the only allowed URL scheme${form}`));
  if (!url.host) errors.push(invalidValue(field, url.host, `host must be specified${form}`));
  if (url.username || url.password) {
    const user = url.password ? `${url.username}:${url.password}` : url.username;
    errors.push(invalidValue(field, user, 'user information is not permitted in the URL'));
  }
  if (url.hash) errors.push(invalidValue(field, url.hash.slice(1), 'fragments are not permitted in the URL'));
  if (url.search)
    errors.push(invalidValue(field, url.search.slice(1), 'query parameters are not permitted in the URL'));
}

interface ServiceReference {
  readonly name: string;
  readonly namespace: string;
  readonly path?: string;
  readonly port?: number;
}

export function validateWebhookService(
  { name, namespace, path, port }: ServiceReference,
  field: string,
  errors: Errors,
): void {
  if (!name) errors.push(required(`${field}.name`, 'service name is required'));
  if (!namespace) errors.push(required(`${field}.namespace`, 'service namespace is required'));
  for (const why of isValidPortNumber(port ?? 0))
    errors.push(invalidValue(`${field}.port`, port ?? 0, `port is not valid: ${why}`));
  if (path === undefined) return;
  const at = `${field}.path`;
  if (path === '/' || path === '') return;
  if (path === '//') {
    errors.push(invalidValue(at, path, 'segment[0] may not be empty'));
    return;
  }
  if (!path.startsWith('/')) errors.push(invalidValue(at, path, "must start with a '/'"));
  const segments = path.slice(1).replace(/\/$/, '').split('/');
  for (const [index, segment] of segments.entries()) {
    if (segment === '') {
      errors.push(invalidValue(at, path, `segment[${index}] may not be empty`));
      continue;
    }
    for (const why of isDns1123Subdomain(segment)) errors.push(invalidValue(at, path, `segment[${index}]: ${why}`));
  }
}
