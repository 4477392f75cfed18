import { sign, verify, type KeyObject } from 'node:crypto';
import type { Algorithm, SigningKey, VerificationKey } from './signing-keys.ts';
import { isJsonObject } from '../../api/meta/json-object.ts';

const digests: Readonly<Record<Algorithm, string>> = {
  RS256: 'sha256',
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
};

/** A token taken apart; nothing of it is verified. */
export interface ParsedToken {
  readonly header: { readonly alg?: unknown; readonly kid?: unknown };
  readonly payload: Readonly<Record<string, unknown>>;
  readonly signed: string;
  readonly signature: Buffer;
}

/** Undefined where the text is no compact JWS of JSON objects. */
export function parseToken(token: string): ParsedToken | undefined {
  const parts = token.split('.');
  if (parts.length !== 3 || !parts.every((part) => /^[A-Za-z0-9_-]+$/.test(part))) return undefined;
  const [header, payload, signature] = parts as [string, string, string];
  try {
    const decode = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
    const [decodedHeader, decodedPayload] = [decode(header), decode(payload)];
    if (!isJsonObject(decodedHeader) || !isJsonObject(decodedPayload)) return undefined;
    return {
      header: decodedHeader,
      payload: decodedPayload,
      signed: `${header}.${payload}`,
      signature: Buffer.from(signature, 'base64url'),
    };
  } catch {
    return undefined;
  }
}

/** Signs claims. Header and claims stand in the order they are given. */
export function signToken(claims: Readonly<Record<string, unknown>>, key: SigningKey): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: key.algorithm, kid: key.id })}.${encode(claims)}`;
  const signature = sign(digests[key.algorithm], Buffer.from(signed), joseKey(key.privateKey));
  return `${signed}.${signature.toString('base64url')}`;
}

/** Is the signature by this key, with the algorithm that the key (not the token) says? */
export function isSignedBy(token: ParsedToken, key: VerificationKey): boolean {
  return (
    token.header.alg === key.algorithm &&
    verify(digests[key.algorithm], Buffer.from(token.signed), joseKey(key.key), token.signature)
  );
}

/** RFC 7518 wants r and s of an ECDSA signature side by side, not DER. */
function joseKey(key: KeyObject): { key: KeyObject; dsaEncoding: 'ieee-p1363' } {
  return { key, dsaEncoding: 'ieee-p1363' };
}
