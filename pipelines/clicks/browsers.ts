/**
 * The browser family of a user agent string, from a closed list: 'Firefox', 'Chrome' ..., 'bot' or 'other'.
 * The parser alone would return any name that an unknown client gives itself, and the state of a key, which
 * has a counter for each family, would grow with each new name. The package isbot recognizes bots by their
 * known names: crawlers, feed readers, monitors and programs that fetch.
 */
import Bowser from 'bowser';
import { isbot } from 'isbot';

const BOT = 'bot';
const OTHER = 'other';

/** Number of agents whose family is cached: parsing one takes much longer than the rest of a line. */
const REMEMBERED_MAX = 1_000;
/** The family is near the beginning; the rest of a long string is neither parsed nor cached. */
const AGENT_LENGTH_MAX = 512;

const families = new Map<string, string>();
const known = new Set(Object.values(Bowser.BROWSER_MAP));

export function browserFamily(userAgent: string): string {
  const agent = userAgent.slice(0, AGENT_LENGTH_MAX);
  const family = families.get(agent) ?? parseFamily(agent);
  // Deleted and set again: a map keeps its order, so its first entry is the least recently used.
  families.delete(agent);
  families.set(agent, family);
  if (families.size > REMEMBERED_MAX) {
    const [oldest = ''] = families.keys();
    families.delete(oldest);
  }
  return family;
}

function parseFamily(agent: string): string {
  // The parser refuses an empty string; servers log a client without an agent as "-".
  if (agent === '' || agent === '-') return OTHER;
  const named = withoutDevice(agent);
  if (isbot(named)) return BOT;
  const { browser, platform } = Bowser.parse(named);
  if (platform.type === 'bot') return BOT;
  return browser.name !== undefined && known.has(browser.name) ? browser.name : OTHER;
}

/**
 * The name of a phone says nothing about the user, and some phones have the names of crawlers (Cubot,
 * Spider). It is a field after the system's in the first brackets: `(Linux; Android 11; CUBOT X19
 * Build/RP1A)`. A crawler that is named there comes after `compatible`, has a version or gives an address,
 * and is kept.
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

/**
 * Brackets that contain the system of a phone or tablet: the text before it, the system, the text after it.
 * Allows one level of nested brackets.
 */
const PLATFORM =
  /\(((?:[^();]*;)*?)(\s*(?:Android|Tizen|KAIOS|Windows Phone|Mobile|Tablet)\b[^();]*)((?:;(?:[^()]|\([^()]*\))*)?)\)/i;
