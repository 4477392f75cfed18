import { badRequest, invalid } from '../../api/meta/errors.ts';
import { forbiddenField, invalidValue, type FieldError } from '../../api/meta/field-error.ts';
import { canonicaliseTime } from '../../api/meta/time.ts';
import { ConnectionError, unknownError } from '../kubelets/connection-error.ts';
import { methodNotAllowed, noRepresentation } from '../rest/path-errors.ts';
import { parseGoBool, parseGoInt } from '../rest/write-options.ts';
import type { ApiResponse } from '../request.ts';
import { mediaTypes } from '../server/formats.ts';
import { isRouted } from '../server/media-type.ts';
import { addressOf } from '../kubelets/kubelet-client.ts';
import { chooseContainer, nodeOf, podOf } from './pod-location.ts';
import { logErrorOf } from './relay.ts';
import { streamBody } from './stream-body.ts';
import type { Subresource } from './subresource.ts';

/** PodLogOptions, as far as they are given. */
interface LogOptions {
  readonly container: string;
  readonly isInsecure: boolean;
  /** What goes on to the kubelet, under the same names. */
  readonly passedOn: URLSearchParams;
}

/** Objects are for failures. */
const produced = ['text/plain', ...Object.values(mediaTypes)];

/** `pods/NAME/log`: what a container has written, from the kubelet of its node, as it comes. */
export const logSubresource: Subresource = {
  name: 'log',
  handle: async (deps, request): Promise<ApiResponse> => {
    if (request.http.method !== 'GET') throw methodNotAllowed();
    if (!isRouted(request.http.headers['accept'], produced)) throw noRepresentation(produced.join(', '));
    const { container: asked, isInsecure, passedOn } = logOptionsOf(request.http.query, request.name);
    const pod = await podOf(deps, request);
    const container = chooseContainer(pod, asked);
    const node = nodeOf(deps, pod);
    // Nobody has run it yet, so it has written nothing.
    if (!node) return { status: 204, headers: {}, body: { kind: 'bytes', chunks: [] } };
    const query = passedOn.size > 0 ? `?${passedOn}` : '';
    const path = `/containerLogs/${request.namespace}/${request.name}/${container}${query}`;
    const response = await deps.kubelets
      .request(node, { method: 'GET', path, headers: {}, isInsecure, signal: request.http.signal })
      .catch((error: unknown) => {
        if (!(error instanceof ConnectionError)) throw error;
        const { host, port } = addressOf(node, deps.kubelets.preferredAddressTypes);
        throw unknownError(`Get "https://${host}:${port}${path}": ${error.message}`, error);
      });
    if (response.statusCode! < 200 || response.statusCode! > 206) throw await logErrorOf(response, request.name);
    return { status: 200, headers: { 'content-type': 'text/plain' }, body: streamBody(response) };
  },
};

/** @throws ApiError BadRequest for what cannot be read, Invalid for what may not be */
function logOptionsOf(query: URLSearchParams, name: string): LogOptions {
  const passedOn = new URLSearchParams();
  const isOn = (option: string): boolean => query.has(option) && parseGoBool(query.get(option)!, option);
  const number = (option: string): number | undefined =>
    query.has(option) ? parseGoInt(query.get(option)!) : undefined;
  for (const option of ['follow', 'previous', 'timestamps']) if (isOn(option)) passedOn.set(option, 'true');
  const sinceSeconds = number('sinceSeconds');
  const sinceTime = query.has('sinceTime') ? parseTime(query.get('sinceTime')!) : undefined;
  const tailLines = number('tailLines');
  const limitBytes = number('limitBytes');
  const errors: FieldError[] = [];
  const atLeast = (field: string, value: number | undefined, min: 0 | 1): void => {
    if (value === undefined) return;
    passedOn.set(field, String(value));
    if (value < min)
      errors.push(
        invalidValue(field, value, min === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0'),
      );
  };
  atLeast('tailLines', tailLines, 0);
  atLeast('limitBytes', limitBytes, 1);
  if (sinceTime !== undefined) passedOn.set('sinceTime', sinceTime);
  if (sinceSeconds !== undefined && sinceTime !== undefined)
    errors.push(forbiddenField('[]', 'at most one of `sinceTime` or `sinceSeconds` may be specified'));
  else atLeast('sinceSeconds', sinceSeconds, 1);
  // Upstream's gate PodLogsQuerySplitStreams is off.
  if (query.has('stream')) errors.push(forbiddenField('stream', 'may not be specified'));
  if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, name, errors);
  const isInsecure = isOn('insecureSkipTLSVerifyBackend');
  return { container: query.get('container') ?? '', isInsecure, passedOn };
}

/** @throws ApiError BadRequest in the words of Go's parser */
function parseTime(text: string): string {
  if (text === '' || text === 'null') return '0001-01-01T00:00:00Z';
  try {
    return canonicaliseTime(text);
  } catch (error) {
    throw badRequest((error as Error).message);
  }
}
