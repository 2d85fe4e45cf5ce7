/** `weir dead edit`: sends a dead request again as a new one, with a body that the user has edited. */
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
    // With a new id, the same request would have its effect twice if the old one had any.
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

/** Undefined if the old body is not valid; any new body then differs from it. */
function asBody(old: string): string | undefined {
  try {
    return newBody(old);
  } catch {
    return undefined;
  }
}

/** Indented for reading, with all digits. Left as it is if a parser would drop something. */
function indented(old: string): string {
  return asBody(old) === undefined ? old : JSON.stringify(asStored(old), null, 2);
}
