import type { Authenticator, User } from '../authenticators/authenticator.ts';
import type { ApiRequest } from '../request.ts';

/** Who asks. @throws ApiError Unauthorized */
export function authenticate(authenticator: Authenticator, request: ApiRequest, warnings: string[]): Promise<User> {
  return authenticator.authenticate(request, (text) => void warnings.push(text));
}
