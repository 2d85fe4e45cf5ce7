/**
 * The browser family of a user agent string, out of a closed list: 'Firefox', 'Chrome' ..., 'bot' or 'other'.
 * The parser alone would pass on any name that an unknown client gives itself, and the state of a key, which has
 * one counter for each family, would grow with every invention.
 */
import Bowser from 'bowser';

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
  if (/bot\b|crawl|spider|slurp/i.test(agent)) return BOT;
  // The parser refuses an empty string; a client that sent none is logged as "-".
  if (agent === '' || agent === '-') return OTHER;
  const { browser, platform } = Bowser.parse(agent);
  if (platform.type === 'bot') return BOT;
  return browser.name !== undefined && known.has(browser.name) ? browser.name : OTHER;
}
