/** Times on the wire: `metav1.Time` (whole seconds, UTC) and `metav1.MicroTime` (six digits), as Go parses and prints them. */

const timeLayout = '2006-01-02T15:04:05Z07:00';
const microTimeLayout = '2006-01-02T15:04:05.000000Z07:00';

// What is already canonical, up to the days of the month; the rest takes the slow way.
const canonicalTime = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;
const canonicalMicroTime = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{6}Z$/;

/** RFC 3339 to whole seconds in UTC. Throws with the message of Go's parser. */
export function canonicaliseTime(text: string): string {
  if (canonicalTime.test(text)) return text;
  const { seconds } = parseTime(text, timeLayout);
  return `${isoSeconds(seconds)}Z`;
}

/** RFC 3339 with six digits in UTC; other numbers of digits are refused, as upstream does. */
export function canonicaliseMicroTime(text: string): string {
  if (canonicalMicroTime.test(text)) return text;
  const { seconds, fraction } = parseTime(text, microTimeLayout);
  return `${isoSeconds(seconds)}.${fraction.padEnd(6, '0').slice(0, 6)}Z`;
}

/** What was formatted last: times come many within a second. */
let lastSecond = NaN;
let lastText = '';

/** RFC 3339 to the second from milliseconds since the epoch, as `metav1.Time` is written. */
export function formatTime(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastText = `${new Date(ms).toISOString().slice(0, 19)}Z`;
    lastSecond = second;
  }
  return lastText;
}

/** Milliseconds since the epoch of a canonical Time or MicroTime; NaN where there is none. */
export function timeToMs(text: string | null | undefined): number {
  return text ? Date.parse(text) : NaN;
}

const isoSeconds = (seconds: number): string => {
  const text = new Date(seconds * 1000).toISOString();
  return text.slice(0, text.indexOf('.'));
};

/** Walks the text by the layout as Go's time.Parse does, so that its complaint is the same. */
function parseTime(text: string, layout: string): { seconds: number; fraction: string } {
  let rest = text;
  const cannot = (element: string, at = rest): never => {
    throw new Error(`parsing time ${quote(text)} as ${quote(layout)}: cannot parse ${quote(at)} as ${quote(element)}`);
  };
  const outOfRange = (what: string): never => {
    throw new Error(`parsing time ${quote(text)}: ${what} out of range`);
  };
  const number = (digits: number, element: string): number => {
    const part = rest.slice(0, digits);
    if (part.length < digits || !/^\d+$/.test(part)) cannot(element);
    rest = rest.slice(digits);
    return Number(part);
  };
  const literal = (wanted: string): void => {
    if (!rest.startsWith(wanted)) cannot(wanted);
    rest = rest.slice(wanted.length);
  };
  const year = number(4, '2006');
  literal('-');
  const month = number(2, '01');
  if (month < 1 || month > 12) outOfRange('month');
  literal('-');
  const day = number(2, '02');
  literal('T');
  const hour = number(2, '15');
  if (hour > 23) outOfRange('hour');
  literal(':');
  const minute = number(2, '04');
  if (minute > 59) outOfRange('minute');
  literal(':');
  const second = number(2, '05');
  if (second > 59) outOfRange('second');
  let fraction = '';
  if (layout === microTimeLayout) {
    const match = /^\.(\d{6})/.exec(rest);
    if (!match) cannot('.000000');
    fraction = match![1]!;
    rest = rest.slice(7);
  } else {
    const match = /^[.,](\d+)/.exec(rest);
    if (match) {
      fraction = match[1]!;
      rest = rest.slice(match[0].length);
    }
  }
  let offsetSeconds = 0;
  if (rest.startsWith('Z')) {
    rest = rest.slice(1);
  } else {
    const zone = /^([+-])(\d\d):(\d\d)/.exec(rest);
    if (!zone) cannot('Z07:00');
    if (Number(zone![2]) > 24) outOfRange('time zone offset hour');
    if (Number(zone![3]) > 60) outOfRange('time zone offset minute');
    offsetSeconds = (zone![1] === '-' ? -1 : 1) * (Number(zone![2]) * 3600 + Number(zone![3]) * 60);
    rest = rest.slice(6);
  }
  if (rest !== '') throw new Error(`parsing time ${quote(text)}: extra text: ${quote(rest)}`);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  date.setUTCHours(hour, minute, second);
  if (day < 1 || date.getUTCDate() !== day) outOfRange('day');
  return { seconds: date.getTime() / 1000 - offsetSeconds, fraction };
}

const quote = (text: string): string => JSON.stringify(text);
