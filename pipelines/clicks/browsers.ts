/**
 * The browser family of a user agent string, out of a closed list: 'Firefox', 'Chrome' ..., 'bot' or 'other'.
 * The parser alone would pass on any name that an unknown client gives itself, and the state of a key, which has
 * one counter for each family, would grow with every invention. What a bot is, the package isbot says: crawlers, feed
 * readers, monitors and programs that fetch, by the names that they are known to have.
 */
import Bowser from 'bowser';
import { isbot } from 'isbot';

const BOT = 'bot';
const OTHER = 'other';

/** Agents whose family is remembered: parsing one takes far longer than all the rest of a line. */
const REMEMBERED_MAX = 1_000;
/** What tells a family stands early; the rest of a long string is neither parsed nor remembered. */
const AGENT_LENGTH_MAX = 512;

const families = new Map<string, string>();
const known = new Set(Object.values(Bowser.BROWSER_MAP));

export function browserFamily(userAgent: string): string {
  const agent = userAgent.slice(0, AGENT_LENGTH_MAX);
  const family = families.get(agent) ?? parseFamily(agent);
  // Taken out and put in again: the map keeps the order, so its first is the one not seen for longest.
  families.delete(agent);
  families.set(agent, family);
  if (families.size > REMEMBERED_MAX) {
    const [oldest = ''] = families.keys();
    families.delete(oldest);
  }
  return family;
}

function parseFamily(agent: string): string {
  // The parser refuses an empty string; a client that sent none is logged as "-".
  if (agent === '' || agent === '-') return OTHER;
  const named = withoutDevice(agent);
  if (isbot(named)) return BOT;
  const { browser, platform } = Bowser.parse(named);
  if (platform.type === 'bot') return BOT;
  return browser.name !== undefined && known.has(browser.name) ? browser.name : OTHER;
}

/**
 * The name of a phone says nothing of its user, and some are called like crawlers (Cubot, Spider). It is a field behind the
 * system's in the first brackets: `(Linux; Android 11; CUBOT X19 Build/RP1A)`. A crawler that is named there stands
 * behind `compatible`, has a version or gives an address, and is left.
 */
function withoutDevice(agent: string): string {
  return agent.replace(PLATFORM, (_brackets, start: string, system: string, fields: string) => {
    if (/compatible/i.test(start + fields)) return `(${start}${system}${fields})`;
    const rest = fields
      .split(';')
      .filter((field) => /:\/\/|@|\/v?\d/.test(field) && !/\bBuild\//i.test(field));
    return `(${start}${[system, ...rest].join(';')})`;
  });
}

/** Brackets with a phone's or a tablet's system in them: what is before it, the system, what follows. One level of brackets inside. */
const PLATFORM =
  /\(((?:[^();]*;)*?)(\s*(?:Android|Tizen|KAIOS|Windows Phone|Mobile|Tablet)\b[^();]*)((?:;(?:[^()]|\([^()]*\))*)?)\)/i;
