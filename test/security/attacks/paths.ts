import { forbidden, type Attack, type ExpectedAudit } from './attack.ts';

const admin = 'admin of team';
const other = '/api/v1/namespaces/other/secrets';
const own = '/api/v1/namespaces/team/secrets';
const list: ExpectedAudit = { verb: 'list', decision: 'forbid' };

/** The admin of `team` may read secrets there, and so tries to make another path look like that. */
export const paths: readonly Attack[] = [
  { name: 'dots', as: admin, path: '/api/v1/namespaces/team/../other/secrets', expect: forbidden(/cannot get resource "..\/secrets"/) },
  { name: 'escaped dots', as: admin, path: '/api/v1/namespaces/team/%2e%2e/other/secrets', expect: forbidden(/cannot get resource "..\/secrets"/) },
  { name: 'escaped slashes', as: admin, path: '/api/v1/namespaces/team%2f..%2fother/secrets', expect: forbidden(/cannot get resource "..\/secrets"/) },
  { name: 'an escaped slash in a name', as: admin, path: `${own}/x%2f..%2f..%2fother%2fsecrets%2fhidden-b`, expect: forbidden(/cannot get resource "secrets\/.."/) },
  { name: 'slashes twice', as: admin, path: '/api/v1/namespaces/team//other/secrets', expect: forbidden(), audit: { decision: 'forbid' } },
  { name: 'slashes twice at the root', as: admin, path: `/${other}`, expect: forbidden(), audit: list },
  { name: 'no namespace', as: admin, path: '/api/v1/namespaces//secrets', expect: forbidden(/at the cluster scope$/), audit: list },
  { name: 'capitals in the resource', as: admin, path: '/api/v1/namespaces/other/Secrets', expect: forbidden(/resource "Secrets"/), audit: list },
  { name: 'capitals in the namespace', as: admin, path: '/api/v1/namespaces/TEAM/secrets', expect: forbidden(/in the namespace "TEAM"/), audit: list },
  { name: 'a dot behind the resource', as: admin, path: '/api/v1/namespaces/other/secrets.', expect: forbidden(/resource "secrets."/), audit: list },
  { name: 'a dot behind the namespace', as: admin, path: '/api/v1/namespaces/team./secrets', expect: forbidden(/in the namespace "team."/), audit: list },
  { name: 'a slash at the end', as: admin, path: `${other}/`, expect: forbidden(), audit: list },
  { name: 'a NUL', as: admin, path: '/api/v1/namespaces/other%00/secrets', expect: forbidden(), audit: list },
  { name: 'a NUL between two namespaces', as: admin, path: '/api/v1/namespaces/team%00other/secrets', expect: forbidden(), audit: list },
  { name: 'a semicolon', as: admin, path: '/api/v1/namespaces/team;/../other/secrets', expect: forbidden(), audit: { decision: 'forbid' } },
  { name: 'a semicolon in the query', as: admin, path: `${other}?x=;namespace=team`, expect: forbidden(), audit: list },
  { name: 'a backslash', as: admin, path: '/api/v1/namespaces/team\\..\\other/secrets', expect: forbidden(), audit: list },
  { name: 'letters of another width', as: admin, path: '/api/v1/namespaces/%EF%BD%94%EF%BD%85%EF%BD%81%EF%BD%8D/secrets', expect: forbidden(), audit: list },
  { name: 'an overlong dot', as: admin, path: '/api/v1/namespaces/team/%c0%ae%c0%ae/other/secrets', expect: forbidden(), audit: { decision: 'forbid' } },
  { name: 'escapes twice', as: admin, path: '/api/v1/namespaces/team%252f..%252fother/secrets', expect: forbidden(/in the namespace "team%2f..%2fother"/), audit: list },
  { name: 'another version', as: admin, path: '/api/v2/namespaces/other/secrets', expect: forbidden(), audit: list },
  { name: 'a group for the core', as: admin, path: '/apis/core/v1/namespaces/other/secrets', expect: forbidden(/in API group "core"/), audit: list },
  { name: 'the proxy of old', as: admin, path: '/api/v1/proxy/namespaces/other/pods/pod-b', expect: forbidden(/cannot proxy resource "pods"/), audit: { verb: 'proxy', decision: 'forbid' } },
  { name: 'a whole address', as: admin, path: 'https://localhost/api/v1/namespaces/other/secrets', expect: forbidden(/cannot list resource "secrets" in API group "" in the namespace "other"/), audit: list },
  { name: 'another namespace in the query', as: admin, path: `${other}?namespace=team`, expect: forbidden(), audit: list },
  { name: 'a method in a header', as: 'looker', method: 'GET', path: '/api/v1/namespaces/team/pods/pod-a/status', headers: { 'x-http-method-override': 'DELETE' }, expect: forbidden(/cannot get resource "pods\/status"/) },
  { name: 'a POST that wants to be a DELETE', as: 'looker', method: 'POST', path: '/api/v1/namespaces/team/pods', headers: { 'x-http-method-override': 'GET', 'x-http-method': 'GET', 'x-method-override': 'GET' }, body: {}, expect: forbidden(/cannot create/) },
  { name: 'a method in the query', as: 'looker', method: 'DELETE', path: '/api/v1/namespaces/team/pods/pod-a?_method=GET', expect: forbidden(/cannot delete/) },
  { name: 'OPTIONS', as: 'looker', method: 'OPTIONS', path: own, expect: forbidden(), audit: { verb: '', decision: 'forbid' } },
  { name: 'TRACE', as: 'looker', method: 'TRACE', path: own, expect: forbidden(), audit: { verb: '', decision: 'forbid' } },
  { name: 'a path of a proxy before', as: admin, path: other, headers: { 'x-original-url': own, 'x-rewrite-url': own, 'x-forwarded-uri': own }, expect: forbidden(), audit: list },
  { name: 'an address of a proxy before', as: 'anonymous', path: other, headers: { 'x-forwarded-for': '127.0.0.1', forwarded: 'for=127.0.0.1', 'x-real-ip': '127.0.0.1' }, expect: forbidden(), audit: list },
  { name: 'a host of another', as: 'anonymous', path: other, headers: { host: 'kubernetes.default.svc' }, expect: forbidden(), audit: list },
]; // prettier-ignore
