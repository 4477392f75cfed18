import type { Deps } from '../../../component/deps.ts';
import type { Claims } from './claim-mapper.ts';
import { fetchDocument } from './fetch-document.ts';
import { isJsonObject } from '../../../api/meta/json-object.ts';

/**
 * The claims with one that the issuer keeps elsewhere (OpenID Connect Core 1.0, section 5.6.2: distributed claims), as they
 * are where it stands among them or nobody says where it is. It is fetched as a token, which `verified` vouches for.
 * Rejects with an Error in upstream's words.
 */
export async function expandClaim(
  claims: Claims,
  claim: string,
  options: {
    readonly certificateAuthority?: string;
    /** The claims of a token. Rejects where it is no good. */
    readonly verified: (token: string) => Promise<Claims>;
  },
  deps: Pick<Deps, 'clock'>,
): Promise<Claims> {
  const names = claims['_claim_names'];
  if (Object.hasOwn(claims, claim) || names === undefined) return claims;
  if (!isJsonObject(names)) throw new Error('oidc: error parsing distributed claim names');
  const sources = claims['_claim_sources'];
  if (sources === undefined) throw new Error('oidc: no claim sources');
  if (!isJsonObject(sources)) throw new Error('oidc: could not parse claim sources');
  const source = Object.hasOwn(names, claim) ? names[claim] : undefined;
  if (typeof source !== 'string') return claims;
  const found = Object.hasOwn(sources, source) ? sources[source] : undefined;
  if (!isJsonObject(found))
    throw new Error(`id token _claim_names contained a source ${source} missing in _claims_sources`);
  const { endpoint, access_token: accessToken } = found;
  // One without an address is aggregated: it stands in the token itself, in a way that upstream does not read.
  if (typeof endpoint !== 'string' || endpoint === '') return claims;
  const more = await options.verified(
    await fetchToken(
      endpoint,
      claim,
      {
        certificateAuthority: options.certificateAuthority,
        accessToken: typeof accessToken === 'string' ? accessToken : undefined,
      },
      deps,
    ),
  );
  if (!Object.hasOwn(more, claim)) {
    const from = JSON.stringify(endpoint);
    throw new Error(`jwt returned by distributed claim endpoint ${from} did not contain claim: ${claim}`);
  }
  return { ...claims, [claim]: more[claim] };
}

async function fetchToken(
  endpoint: string,
  claim: string,
  options: Parameters<typeof fetchDocument>[1],
  deps: Pick<Deps, 'clock'>,
): Promise<string> {
  try {
    return (await fetchDocument(endpoint, options, deps)).trim();
  } catch (error) {
    const why = (error as Error).message;
    throw new Error(`while getting distributed claim ${JSON.stringify(claim)}: ${why}`, { cause: error });
  }
}
