/** How the server reaches a webhook: of admission, or for the conversion of custom resources. */
import { GoUrlError, parseGoUrl, type GoUrl } from '../../meta/go-url.ts';
import type { Errors } from '../../meta/field-checks.ts';
import { invalidValue, required } from '../../meta/field-error.ts';
import { isDns1123Subdomain, isValidPortNumber } from '../../meta/names.ts';

const form = '; desired format: https://host[/path]';

/**
 * Upstream's `ValidateWebhookURL`: https, with a host, without user, query and fragment. A text that is no URL gives
 * one error, a required one as upstream has it. `field` is the path of the URL itself.
 */
export function validateWebhookUrl(text: string, field: string, errors: Errors): void {
  let url: GoUrl;
  try {
    url = parseGoUrl(text);
  } catch (cause) {
    if (!(cause instanceof GoUrlError)) throw cause;
    errors.push(required(field, `url must be a valid URL: ${cause.message}${form}`));
    return;
  }
  const { scheme, host, user, fragment, query } = url;
  if (scheme !== 'https') errors.push(invalidValue(field, scheme, `'https' is the only allowed URL scheme${form}`));
  if (!host) errors.push(invalidValue(field, host, `host must be specified${form}`));
  if (user !== undefined) errors.push(invalidValue(field, user, 'user information is not permitted in the URL'));
  if (fragment) errors.push(invalidValue(field, fragment, 'fragments are not permitted in the URL'));
  if (query) errors.push(invalidValue(field, query, 'query parameters are not permitted in the URL'));
}

interface ServiceReference {
  readonly name: string;
  readonly namespace: string;
  readonly path?: string;
  readonly port?: number;
}

/**
 * Upstream's `ValidateWebhookService`. The port must have its default by now: an absent one is refused as 0. Segments
 * of `path` are DNS-1123 subdomains. `field` is the path of the reference.
 */
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
