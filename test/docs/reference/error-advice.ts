/** Advice for each error of functions/. */
export interface Advice {
  /** A part of its sentence that no other error has. With `file`: the sentence, as that file puts it together. */
  readonly says: string;
  readonly file?: string;
  readonly todo: string;
}

export interface AdviceGroup {
  readonly title: string;
  readonly introduction: string;
  readonly rows: readonly Advice[];
}

const REDRIVE = 'Deploy the fix, then redrive.';

export const DEAD_REQUESTS: AdviceGroup = {
  title: 'Requests in the dead-letter queue',
  introduction:
    'Seen in `weir dead list --from requests`, in the log of the reader and on the local page. Trying again would not help, so ' +
    'Weir sets the request aside at once. Any other error of `read` is tried again, `readAttempts` times (14), and its own ' +
    'message is then the reason: fix the source or `read`, and redrive.',
  rows: [
    { says: 'request does not fit the schema', todo: 'Submit a corrected request and discard this one.' },
    {
      says: 'is not JSON: ',
      todo: 'Submit a corrected request and discard this one. "request" names the body.',
    },
    { says: 'this name comes twice', todo: 'Submit the request with each name once.' },
    {
      says: 'characters cannot be held exactly',
      todo: "Send the number as a string, or set `numbers: 'rounded'` if its last digits mean nothing.",
    },
    { says: 'request id of', todo: 'Submit it again under a shorter id without control characters.' },
    {
      says: 'read returned',
      todo: `Return a list from \`read\`, or make it an async generator. ${REDRIVE}`,
    },
    { says: 'readings; split the request', todo: 'Make several requests of it, each for a part.' },
    {
      says: 'the readings of the request take more than',
      todo: `Split the request, or raise \`memoryMb\`. ${REDRIVE}`,
    },
    {
      says: 'a reading of … bytes',
      todo: `Store the data elsewhere (S3) and return its address. ${REDRIVE}`,
    },
    { says: 'a key is a string', todo: `Return a string from \`key\` or \`requestKey\`. ${REDRIVE}` },
    { says: '… is empty', todo: `Give such readings a key of their own, such as "none". ${REDRIVE}` },
    { says: 'holds half a character', todo: `Cut keys at whole characters (\`toWellFormed()\`). ${REDRIVE}` },
    { says: 'use a hash of it as the key', todo: `Use a shorter key, for example a hash. ${REDRIVE}` },
    {
      says: 'the sequence of the request is …',
      todo: 'Submit the request with its place: 1, 2, 3 and so on for each key.',
    },
    {
      says: 'the sequence of the request is below startsAt',
      todo: 'The key begins later: discard the request, or lower `startsAt` before the key has begun.',
    },
    { says: 'startsAt gave …', todo: `Return a place from \`startsAt\`: 1, 2, 3 ... ${REDRIVE}` },
    {
      says: 'follows gave …',
      todo: `Return the place before that of the request from \`follows\`, or \`undefined\`. ${REDRIVE}`,
    },
    { says: 'source.of threw', todo: `Fix \`source.of\`. ${REDRIVE}` },
    { says: 'the name of a source is a string', todo: `Return a string from \`source.of\`. ${REDRIVE}` },
    { says: 'source.of returned a name of', todo: `Return a shorter name from \`source.of\`. ${REDRIVE}` },
    {
      says: 'and it has waited for',
      todo: 'The source was closed for 13 days. Redrive when it answers again, within the 14 days of the dead-letter queue.',
    },
    {
      says: 'the … was aborted after … ms',
      file: 'functions/deadline.ts',
      todo: `The last attempt took too long: pass \`signal\` on, raise \`readTimeoutMs\`, or split the request. ${REDRIVE}`,
    },
    {
      says: 'the read ended its process: …',
      file: 'functions/reader/apart.ts',
      todo: `\`read\` exited, ran out of memory or blocked, alone in a process of its own. Fix it. ${REDRIVE}`,
    },
    {
      says: 'SQS moved it here: its function crashed each time, or could not run',
      file: 'operate/dead-letter.ts',
      todo: 'SQS moved it after 1,000 receives. Look for crashes, timeouts or throttles of the function, then redrive.',
    },
    {
      says: 'an error without a message',
      file: 'functions/errors.ts',
      todo: `\`read\` or \`compute\` threw an empty error. Give it a message. ${REDRIVE}`,
    },
    {
      says: 'submit was called after the read had ended',
      todo: `Await everything that calls \`submit\` in \`read\`. ${REDRIVE}`,
    },
    {
      says: 'the read submitted two requests with one id',
      todo: `Give each \`submit\` an id of its own. ${REDRIVE}`,
    },
    {
      says: 'submit was called after the write had ended',
      todo: 'Await everything that calls `submit` in `write`. The outputs come again.',
    },
    {
      says: 'the write submitted two requests with one id for one output',
      todo: 'Give each `submit` of one output an id of its own. The outputs come again.',
    },
    { says: 'submit needs an id', todo: `Pass \`{ id }\` to \`submit\`. ${REDRIVE}` },
    {
      says: 'the read submitted its own request again',
      todo: `To read the same request later, throw an error or a \`BusyError\`. ${REDRIVE}`,
    },
    {
      says: 'requests submitted each other',
      todo: `A mistake in \`read\` or \`write\`: fix it and discard. A chain that is meant: raise \`submitHopsMax\`. ${REDRIVE}`,
    },
    {
      says: 'more requests were submitted than',
      todo: `A mistake in \`read\` or \`write\`: fix it and discard. A list that is meant: raise \`submitsPerRequestMax\`. ${REDRIVE}`,
    },
    { says: 'its id is …', todo: `Use ids of 1 to 512 characters in \`submit\`. ${REDRIVE}` },
    {
      says: 'the request is larger than SQS takes',
      todo: `Put the data elsewhere and submit its address. ${REDRIVE}`,
    },
    { says: 'its tenant is …', todo: 'Use letters, digits and punctuation marks of ASCII for the tenant.' },
  ],
};

export const DEAD_READINGS: AdviceGroup = {
  title: 'Readings in the dead-letter queue, and reasons why a key is stopped',
  introduction:
    "Seen in `weir dead list --from readings`, with `poison: 'stop'` in `weir stopped list`, in the log of compute and on the " +
    'local page. What your `compute` throws is shown in its own words: fix `compute`, check it with `weir replay`, deploy, redrive ' +
    '(or `weir stopped resume KEY`).',
  rows: [
    {
      says: 'returned undefined instead of a state',
      todo: 'Return a state on every path of `compute` (or `initial`, `migrate`).',
    },
    { says: 'returned a promise', todo: 'Make it synchronous. Move what waits into `read` or `write`.' },
    {
      says: 'which JSON cannot hold as it is',
      todo: 'The sentence names the place. Use numbers, strings, lists and plain objects.',
    },
    {
      says: '… would have … bytes',
      todo: 'The state is too large: keep sums instead of lists, or choose finer keys.',
    },
    {
      says: 'one reading emitted outputs of',
      todo: 'Emit less for one reading, or emit the address of the data.',
    },
    { says: 'compute threw an empty value', todo: 'Throw an `Error` with a message.' },
    {
      says: '… ended the whole function in … trials in a row',
      file: 'functions/compute/trial.ts',
      todo: 'This reading makes `compute` exit, run out of memory or never end. Fix `compute`, or discard the reading.',
    },
    { says: 'wake was asked for at', todo: 'Pass epoch milliseconds to `wake`.' },
    { says: 'the tag of a wake is', todo: 'Use a shorter tag that is not empty.' },
    { says: 'a key would wait for', todo: 'Use the same tag for wakes that replace each other.' },
    {
      says: 'a wake came, and this build of the pipeline has no wake',
      todo: 'The pipeline asked for the wake in an earlier build. Give it a `wake` function again, deploy and redrive, or discard.',
    },
    {
      says: 'compute used',
      todo: 'The pipeline has `merge`: what compute emits, skips or asks for is not merged. Take that out of compute, or take `merge` out, deploy and redrive.',
    },
    {
      says: 'a partial of state version',
      todo: 'A newer build folded it, and this one is older. Deploy the newer build again: the message waits.',
    },
    {
      says: 'a message carries a partial',
      todo: 'An earlier build had `merge`. Deploy a build that has one, and drain before you take it away ([merge](merge.md)): the message waits.',
    },
    { says: 'initial threw', todo: 'Fix `initial`. Until then every reading of the key fails.' },
    { says: 'migrate has no step', todo: 'Add the step to `state.migrate` and deploy.' },
    { says: 'migrate[…] threw', todo: 'Fix that step of `state.migrate` and deploy.' },
    {
      says: 'migrate[…]: ',
      todo: 'That step of `state.migrate` returned no valid state: fix it and deploy.',
    },
    {
      says: 'a message whose group is not its key',
      todo: 'Another program sent it to the readings queue. Stop that program and discard the message.',
    },
    {
      says: 'a message on the readings queue is not JSON',
      todo: 'Another program sent it to the readings queue. Stop that program and discard the message.',
    },
    { says: 'a message on the readings queue is not an object', todo: 'The same.' },
    { says: 'a message on the readings queue that Weir did not write', todo: 'The same.' },
    { says: 'a wake without its tag and time', todo: 'The same.' },
  ],
};

export const GIVEN_BACK: AdviceGroup = {
  title: 'Messages that come back',
  introduction:
    'Seen in the logs of the functions (`kind: "failure"`). The message goes back to its queue and is tried again; nothing is lost. ' +
    'One such line now and then is normal. The same line again and again needs a hand.',
  rows: [
    {
      says: 'no time left in this invocation',
      todo: 'Nothing, unless it repeats: then make `compute` quicker, or raise `computeTimeoutMs`.',
    },
    {
      says: 'conflicting commits in a row',
      todo: 'See the alarm "Commits conflict": something else may write to the table.',
    },
    {
      says: 'another invocation may be trying this key',
      todo: 'Nothing: the key comes back when the trial is over.',
    },
    {
      says: 'a fold did not end within its share',
      todo: 'Nothing, unless it repeats: then `compute` is slow for one reading.',
    },
    {
      says: 'of the receipts of this key is not in the table',
      todo: 'Follow "An item and its pages do not fit" in the runbook.',
    },
    {
      says: 'no process could be started for the read; it is read again',
      file: 'functions/reader/apart.ts',
      todo: 'Nothing. If it repeats, raise `memoryMb`.',
    },
    {
      says: 'too little time was left to read it in a process of its own; it is read again',
      file: 'functions/reader/apart.ts',
      todo: 'Nothing.',
    },
    {
      says: 'a fold did not end: it …',
      file: 'functions/compute/fold-apart.ts',
      todo: 'Nothing yet: Weir looks for the reading at fault and sets it aside after a few deliveries.',
    },
    {
      says: 'SQS refused …: …',
      file: 'functions/reader/sender.ts',
      todo: 'Nothing, unless it repeats: then the reason is the error code of SQS.',
    },
    {
      says: 'the read waited for memory',
      todo: 'Nothing. If it repeats, raise `memoryMb` or lower `readsPerInvocation`.',
    },
    { says: 'may not be read yet', todo: 'Nothing: the source has a limit, and its requests wait.' },
    { says: 'the source refused', todo: 'Nothing. If it repeats, lower `source.rate`.' },
    {
      says: 'message format …',
      todo: 'A newer build wrote it. Deploy that build again. After 12 hours the message is in the dead-letter queue: redrive it.',
    },
    { says: 'item format …', todo: 'The same.' },
    { says: 'a reset to a state of version', todo: 'Deploy the build that knows this version of the state.' },
    {
      says: 'the state of key … has version',
      todo: 'Deploy the build that knows this version of the state.',
    },
    {
      says: 'environment variable … is not set',
      todo: 'Somebody changed the function by hand, or deployed it without the construct. Deploy the stack again.',
    },
    { says: 'there is no feed of …', todo: 'The same.' },
  ],
};

export const DEFINITION: AdviceGroup = {
  title: 'When a pipeline is loaded',
  introduction:
    'Seen at `weir run`, `weir plan`, `cdk synth` and in tests. All problems of a definition come in one list, each with the ' +
    'name of the option and what it takes. [Options](options.md) has them all.',
  rows: [
    {
      says: 'definePipeline takes an object',
      todo: 'Pass one object with `name`, `request`, `read`, `initial` and `compute`.',
    },
    { says: 'cannot work:', todo: 'Change each option in the list as its line says.' },
    {
      says: 'its read submits another request',
      todo: '`weir replay`, `weir simulate` and the test kit read single requests only. Use `weir run`, or give readings.',
    },
  ],
};

export const GROUPS = [DEAD_REQUESTS, DEAD_READINGS, GIVEN_BACK, DEFINITION];
