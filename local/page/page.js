/**
 * Follows the run by its event stream, passes each part to its section, and carries out the buttons' actions.
 */

import { confirmed } from './confirm.js';
import { createDead } from './dead.js';
import { createCalls, createFigures, createKeys, createQueues } from './sections.js';
import { createSources } from './source-rows.js';
import { formatCountOf, printable } from './text.js';
import { createTimeline } from './timeline.js';

const OBSERVATIONS_MAX = 4_000;
const byId = (id) => document.getElementById(id);
const token = location.hash.slice(1);

let status;
let keys = { count: 0, stopped: 0, applied: 0, skipped: 0, parked: 0, shown: [] };
let sources = { count: 0, shown: [] };
let dead = { count: 0, reasons: [], byKey: [], letters: [] };
let observations = [];
let drawn = false;

const showFigures = createFigures();
const showQueues = createQueues();
const showCalls = createCalls();
const showKeys = createKeys((button, word, about) => act(button, word, about, byId('keys-said')));
const showSources = createSources();
const showDead = createDead((button, word, about) => act(button, word, about, byId('dead-said')), load);
const showTimeline = createTimeline(byId('timeline'), byId('pointed'));

function showAll() {
  drawn = false;
  if (status === undefined) return;
  const { pipeline, stack, atRest, at, queues, failedOutputs, paused } = status;
  byId('pipeline').textContent = printable(pipeline);
  byId('stack').textContent = `Weir, ${printable(stack)} on this machine`;
  document.title = `${printable(pipeline)}, Weir`;
  setPhase(atRest ? 'rest' : 'working', atRest ? 'at rest' : 'working');
  if (paused.length > 0) setPhase('paused', `${paused.join(', ')} paused: weir status says why`);
  showFigures(status, keys, dead);
  showQueues(queues);
  showCalls(status);
  showKeys(keys, dead.byKey);
  showSources(sources, at);
  showDead(dead, failedOutputs, at);
  showTimeline(observations, atRest ? 0 : at);
  showAlert(keys.stopped, dead.count);
}

/** Several events of one look cause one drawing. */
function soon() {
  if (drawn) return;
  drawn = true;
  requestAnimationFrame(showAll);
}

function setPhase(className, text) {
  const phase = byId('phase');
  phase.className = className;
  if (phase.textContent !== text) phase.textContent = text;
}

function showAlert(stopped, letters) {
  const parts = [
    ...(stopped === 0 ? [] : [`${formatCountOf(stopped, 'key')} stopped`]),
    ...(letters === 0 ? [] : [formatCountOf(letters, 'dead letter')]),
  ];
  const alert = byId('alert');
  const text = parts.length === 0 ? '' : `To look at: ${parts.join(', ')}.`;
  alert.hidden = text === '';
  if (alert.textContent !== text) alert.textContent = text;
}

async function ask(path, options = {}) {
  const headers = { 'x-weir-token': token, 'content-type': 'application/json' };
  const response = await fetch(path, { ...options, headers });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

async function act(button, word, about, said) {
  if (word === 'discard' && !(await confirmed(button.getAttribute('aria-label')))) return;
  button.setAttribute('aria-disabled', 'true');
  try {
    const { done, message } = await ask(`/${word}`, { method: 'POST', body: JSON.stringify(about) });
    say(said, message, !done);
  } catch (error) {
    say(said, `${word} did not work: ${error.message}`, true);
  }
  button.removeAttribute('aria-disabled');
}

function say(said, message, bad) {
  said.hidden = false;
  said.classList.toggle('bad', bad);
  said.textContent = printable(message);
}

async function load(id) {
  try {
    return await ask(`/dead?id=${encodeURIComponent(id)}`);
  } catch (error) {
    return { title: error.message, text: '' };
  }
}

function follow() {
  if (token === '') return setPhase('lost', 'open the address that weir run printed');
  const events = new EventSource(`/events?token=${encodeURIComponent(token)}`);
  const on = (name, take) =>
    events.addEventListener(name, ({ data }) => {
      take(JSON.parse(data));
      soon();
    });
  on('status', (part) => {
    status = part;
  });
  on('keys', (part) => {
    keys = part;
  });
  on('sources', (part) => {
    sources = part;
  });
  on('dead', (part) => {
    dead = part;
  });
  on('observations', (more) => {
    observations = [...observations, ...more].slice(-OBSERVATIONS_MAX);
  });
  events.addEventListener('error', () => {
    setPhase(
      'lost',
      events.readyState === EventSource.CLOSED
        ? 'not this run'
        : 'the run does not answer; it may have ended',
    );
  });
}

new ResizeObserver(soon).observe(byId('timeline').parentElement);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', soon);
addEventListener('hashchange', () => location.reload());
follow();
