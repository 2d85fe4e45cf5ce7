/** Planted bugs. Delivery of outputs to the sink. */
import type { Mutant } from './mutant.ts';

const WRITER = 'functions/writer/writer.ts';

export const outputs: readonly Mutant[] = [
  {
    name: 'output ids made by the writer',
    why: 'a repeated delivery looks like another output',
    file: WRITER,
    find: 'const data = { id: outputId(item, index),',
    replace:
      'const data = { id: String((globalThis.minted = (globalThis.minted ?? 0) + 1)) + outputId(item, index),',
  },
  {
    name: 'stream error swallowed',
    why: 'outputs that the sink did not take are never delivered',
    file: WRITER,
    find: 'return records.slice(done).map((record) => record.sequenceNumber);',
    replace: 'return [];',
  },
  {
    name: 'stream goes on behind a failure',
    why: 'outputs of a key overtake each other',
    file: WRITER,
    find: 'await writeOutputs(record.item, stopAt, ports);\n      }\n      done += 1;',
    replace:
      'await writeOutputs(record.item, stopAt, ports).catch(() => { done -= 1; });\n      }\n      done += 1;',
  },
];
