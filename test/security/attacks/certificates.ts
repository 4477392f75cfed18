import { forbidden, unauthorized, type Attack, type ExpectedAudit } from './attack.ts';

const path = '/api/v1/secrets';
const unknown: ExpectedAudit = { user: '', verb: 'list' };
const refused: ExpectedAudit = { verb: 'list', decision: 'forbid' };

export const certificates: readonly Attack[] = [
  { name: 'of an authority of the same name', as: 'stranger', path, expect: unauthorized, audit: unknown },
  { name: 'that vouches for itself', as: 'self-signed administrator', path, expect: unauthorized, audit: unknown },
  { name: 'that is over', as: 'administrator of yesterday', path, expect: unauthorized, audit: unknown },
  { name: 'that is not good yet', as: 'administrator of tomorrow', path, expect: unauthorized, audit: unknown },
  { name: 'of a server', as: 'server that plays client', path, expect: unauthorized, audit: unknown },
  { name: 'signed by a client', as: 'client of a client', path, expect: unauthorized, audit: unknown },
  { name: 'of administrators, signed for front proxies', as: 'administrator of the front proxy authority', path, expect: unauthorized, audit: unknown },
  { name: 'of a front proxy that speaks for nobody', as: 'front proxy without a user', path, expect: unauthorized, audit: unknown },
  { name: 'of a front proxy that may not speak', as: 'front proxy of another name', path, expect: unauthorized, audit: unknown },
  { name: 'also where only public things are asked for', as: 'stranger', path: '/version', expect: unauthorized, audit: { user: '', verb: 'get' } },
  { name: 'of a member who says to be the administrator', as: 'member who plays front proxy', path, expect: forbidden(/User "member" cannot list/), audit: refused },
  { name: 'none, and headers of a front proxy', as: 'anonymous', path, headers: { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' }, expect: forbidden(/User "system:anonymous"/), audit: refused },
  { name: 'of a front proxy: no more than its user', as: 'front proxy', path, expect: forbidden(/User "eve" cannot list/), audit: refused },
  { name: 'of a node without the group of nodes', as: 'node without its group', path: '/api/v1/namespaces/other/secrets/hidden-b', expect: forbidden(/User "system:node:node-b" cannot get/) },
  { name: 'of the group of nodes without the name of one', as: 'pretended node', path: '/api/v1/namespaces/other/secrets/hidden-b', expect: forbidden(/User "node-b" cannot get/) },
]; // prettier-ignore
