import packet, { type Packet } from 'dns-packet';
import type { ZoneAnswer, ZoneOptions } from './zone.ts';

const flags = { authoritative: 0x0400, truncated: 0x0200, recursionDesired: 0x0100, recursionAvailable: 0x0080 };
const rcodes = { ok: 0, formatError: 1, serverFailure: 2, noSuchName: 3, notImplemented: 4, refused: 5 } as const;
export type Rcode = keyof typeof rcodes;

/** What a datagram may hold where the question does not say otherwise (RFC 1035 §2.3.4), and at most (RFC 9715 advises 1232). */
const plainUdpBytes = 512;
const maxUdpBytes = 1232;

/** A reply to `query` with an error code and no records. */
export function errorReply(query: Pick<Packet, 'id' | 'questions' | 'flags'>, rcode: Rcode): Buffer {
  return packet.encode({
    type: 'response',
    id: query.id,
    flags: ((query.flags ?? 0) & flags.recursionDesired) | flags.recursionAvailable | rcodes[rcode],
    questions: query.questions,
  });
}

/** The reply that an answer of the zone makes: authoritative, with the zone's SOA where there is no record (RFC 2308). */
export function zoneReply(
  query: Packet,
  answer: Extract<ZoneAnswer, { kind: 'found' | 'noSuchName' }>,
  zone: ZoneOptions,
): Buffer {
  const answers = answer.kind === 'found' ? [...answer.answers] : [];
  return packet.encode({
    type: 'response',
    id: query.id,
    flags:
      flags.authoritative |
      flags.recursionAvailable |
      ((query.flags ?? 0) & flags.recursionDesired) |
      (answer.kind === 'noSuchName' ? rcodes.noSuchName : rcodes.ok),
    questions: query.questions,
    answers,
    authorities: answers.length > 0 ? [] : [startOfAuthority(zone)],
    additionals: answer.kind === 'found' ? [...(answer.additionals ?? []), ...edns(query)] : edns(query),
  });
}

/** Cuts a reply that is too long for the datagram the client takes down to its header and question, marked truncated: the client asks again by TCP. */
export function fitToUdp(reply: Buffer, query: Packet): Buffer {
  const opt = query.additionals?.find((record) => record.type === 'OPT');
  const offered = opt && 'udpPayloadSize' in opt ? opt.udpPayloadSize : plainUdpBytes;
  if (reply.length <= Math.min(Math.max(offered, plainUdpBytes), maxUdpBytes)) return reply;
  const header = reply.readUInt16BE(2);
  return packet.encode({
    type: 'response',
    id: query.id,
    flags: (header & 0x7fff) | flags.truncated,
    questions: query.questions,
    additionals: edns(query),
  });
}

function edns(query: Packet): NonNullable<Packet['additionals']> {
  if (!query.additionals?.some((record) => record.type === 'OPT')) return [];
  return [
    {
      type: 'OPT',
      name: '.',
      udpPayloadSize: maxUdpBytes,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options: [],
    },
  ];
}

function startOfAuthority({ domain, ttlSeconds }: ZoneOptions): NonNullable<Packet['authorities']>[number] {
  return {
    name: domain,
    type: 'SOA',
    ttl: ttlSeconds,
    data: {
      mname: `ns.dns.${domain}`,
      rname: `hostmaster.${domain}`,
      serial: 1,
      refresh: 7200,
      retry: 1800,
      expire: 86_400,
      minimum: ttlSeconds,
    },
  };
}
