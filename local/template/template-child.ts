/** The process that template-apart.ts starts: an order as JSON comes in, its answer as JSON goes out. */
import { writeSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { bundlesOnce } from '../../infra/bundling/once.ts';
import { makeTemplate, type TemplateOrder } from './make-template.ts';
import type { TemplateAnswer } from './template-apart.ts';

const ANSWER = 3;
const answer = (said: TemplateAnswer) => writeSync(ANSWER, JSON.stringify(said));

bundlesOnce(process.env);
// Ctrl-C reaches this process, too. The run ends by itself and needs no error from here.
process.on('SIGINT', () => {});
try {
  // Written by template-apart.ts, which has the same type.
  const order: TemplateOrder = JSON.parse(await text(process.stdin));
  answer({ made: await makeTemplate(order) });
} catch (error) {
  answer({ failure: error instanceof Error ? error.message : String(error) });
}
// Whatever the pipeline started when it was loaded would keep the process.
process.exit();
