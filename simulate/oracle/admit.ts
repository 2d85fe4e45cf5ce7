/** Records for each key the messages that the readings queue accepts. */
import { padSequenceNumber } from '../../functions/state.ts';
import type { SendResult, SqsMessage } from '../../model/queue/types.ts';
import { noteTurn } from './check-order.ts';
import type { KeyFacts } from './facts.ts';
import { type Ledger, name } from './ledger.ts';
import { type MessageFacts, parseMessage, requestsIn } from './message-facts.ts';

export function admit(
  message: SqsMessage,
  result: SendResult,
  firstAdmitted: Map<string, number>,
  { trace, junk, count, factsOf, broken, now }: Ledger,
): void {
  const parsed = parseMessage(message.body);
  if (parsed === undefined) {
    if (!result.duplicate && !junk.has(message.body)) junk.set(message.body, { buried: false });
    return;
  }
  const about = `${requestsIn(parsed)} ${parsed.identity} of ${name(parsed.key)}`;
  trace.add(`queue ${result.duplicate ? 'dropped' : 'admitted'} ${about}`);
  if (result.duplicate) {
    count('deduplicated');
    return;
  }
  const facts = factsOf(parsed.key);
  const sequence = padSequenceNumber(result.sequenceNumber ?? '');
  if (parsed.about !== undefined) {
    noteWord(facts, parsed, sequence);
    return;
  }
  if (parsed.kind === 'forget' || parsed.kind === 'reset' || parsed.kind === 'migrate') {
    noteStateWord(facts, parsed, sequence);
    return;
  }
  if (parsed.kind === 'wake') return;
  if (parsed.isPartial) count('partialSent');
  noteTurn(facts, parsed);
  const versions = facts.versions.get(parsed.identity) ?? [];
  facts.versions.set(parsed.identity, versions);
  facts.identities.set(parsed.receipt, parsed.identity);
  if (!firstAdmitted.has(`${parsed.key} ${parsed.identity}`)) {
    firstAdmitted.set(`${parsed.key} ${parsed.identity}`, now());
  }
  if (parsed.previous !== undefined && !facts.versions.has(parsed.previous)) {
    broken('I3 order', `${about} was admitted before the message that it follows`, name(parsed.key));
  }
  const contents = parsed.slots.map(({ content }) => content).join();
  if (!versions.some((version) => version.slots.map(({ content }) => content).join() === contents)) {
    versions.push(parsed);
  }
  for (const slot of parsed.slots) {
    const known = facts.contents.get(slot.content) ?? slot;
    facts.contents.set(slot.content, known);
    known.sequences.push(sequence);
  }
}

/** The first copy counts: a repeat with the same id is the same word. */
function noteStateWord({ words }: KeyFacts, word: MessageFacts, sequence: string): void {
  const id = idOf(word);
  if (word.kind !== 'migrate' && !words.said.has(id)) words.said.set(id, word);
  words.sequences.set(id, [...(words.sequences.get(id) ?? []), sequence]);
}

function noteWord({ stops }: KeyFacts, word: MessageFacts, sequence: string): void {
  const about = word.about ?? '';
  const said = stops.words.get(about) ?? { resume: 0, skip: 0 };
  said[word.kind === 'skip' ? 'skip' : 'resume'] += 1;
  stops.words.set(about, said);
  stops.wordAt.set(sequence, word);
}

/** The id with which a word is sent. */
export function idOf({ identity }: MessageFacts): string {
  return identity.split('|')[0] ?? '';
}
