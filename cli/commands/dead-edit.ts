/** `weir dead edit`: a dead request goes back as a new one, with the body that a person has given it. */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { OperatorError } from '../../model/operator-error.ts';
import { type DeadOptions, editDead, notEditable } from '../../operate/dead.ts';
import type { Deployment } from '../../operate/deployment.ts';
import { newBody } from '../../operate/edit-request.ts';
import { editText } from '../terminal/editor.ts';
import { asStored, printJson, quote } from '../terminal/print.ts';
import { findDead } from './dead-show.ts';

export async function edit(
  deployment: Deployment,
  id: string,
  options: DeadOptions,
  { json, file }: { readonly json: boolean; readonly file: string | undefined },
): Promise<number> {
  const letter = await findDead(deployment, id, options);
  if (letter.place !== 'requests') throw notEditable(letter);
  const send = async (written: string): Promise<string> => {
    // Under its new id the same request would have its effect twice, where the old one had some.
    if (newBody(written) === asBody(letter.body)) {
      throw new OperatorError(
        'the request was not changed: nothing was sent. To send it as it is: weir dead redrive',
      );
    }
    if (options.signal.aborted) throw new OperatorError('interrupted: nothing was sent');
    const { request, failed } = await editDead(deployment, letter.id, written, options);
    const [failure] = failed;
    if (failure !== undefined) throw new OperatorError(`the letter stays: ${failure.reason}`);
    if (request !== undefined) return request;
    throw new OperatorError('the letter is gone, somebody else has dealt with it: nothing was sent');
  };
  const request =
    file === undefined
      ? await editText(indented(letter.body), send)
      : await send(await (file === '-' ? text(process.stdin) : readFile(file, 'utf8')));
  if (json) printJson({ id: letter.id, request, editedFrom: letter.request });
  else console.log(`Sent as request ${quote(request)}, edited from ${quote(letter.request ?? letter.id)}.`);
  return 0;
}

/** Undefined where it is none: then every body is another one. */
function asBody(old: string): string | undefined {
  try {
    return newBody(old);
  } catch {
    return undefined;
  }
}

/** As a person reads it, with all digits; as it is where a parser would drop something. */
function indented(old: string): string {
  return asBody(old) === undefined ? old : JSON.stringify(asStored(old), null, 2);
}
