import type { FuzzAnswer, FuzzTarget, RawRequest } from '../fuzz-target.ts';

/**
 * Sends and throws where the answer is missing or a server error that `allowed` does not name. Upstream answers some bad
 * patches and parameters with 500 and their own message; what nobody foresaw has the reason InternalError.
 */
export async function sendAndCheck(
  target: FuzzTarget,
  request: RawRequest,
  allowed: readonly number[] = [],
): Promise<FuzzAnswer> {
  const answer = await target.send(request);
  const { status, body } = answer;
  const isMeant = status === 500 && !body.includes('"reason":"InternalError"');
  if (status === undefined || (status >= 500 && !isMeant && !allowed.includes(status)))
    throw new Error(`${status ?? 'no answer'} to ${describe(request)}: ${body.slice(0, 500)}`);
  return answer;
}

function describe({ method, path, headers, body }: RawRequest): string {
  const shown =
    body &&
    (body.length > 2000
      ? `${body.length} bytes, ${body.toString('base64', 0, 300)}…`
      : JSON.stringify(body.toString('latin1')));
  return `${method} ${path.slice(0, 500)} ${JSON.stringify(headers ?? {}).slice(0, 500)} ${shown ?? ''}`;
}
