/**
 * The gateway's side of the message ports to the threads of functions. Weir's own clients call through a port instead of a
 * connection: no HTTP, no sockets, no signature. local/lambda/client-on-port.mjs is the other side.
 */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { HandleCall } from './answering.ts';
import type { Answer, Backend } from './call.ts';
import { giveBack, handsOut } from './unread.ts';

/** From a function. `gone`: it no longer waits for the answer. `read`: it has the messages of the answer. */
export type FromFunction =
  | {
      readonly kind: 'call';
      readonly id: number;
      /** The x-amz-target header. */
      readonly target: string;
      /** Names the access key. */
      readonly authorization: string;
      readonly body: string;
    }
  | { readonly kind: 'gone' | 'read'; readonly id: number };

/** To a function. `cut`: over HTTP, the connection would be cut. */
export type ToFunction =
  | ({ readonly kind: 'answer'; readonly id: number } & Pick<Answer, 'status' | 'headers'> & {
        readonly body: string;
      })
  | { readonly kind: 'cut'; readonly id: number };

export interface FunctionPorts {
  /** Returns the end for a function. */
  connect(): MessagePort;
  close(): void;
}

export function openFunctionPorts(handle: HandleCall, sqs: Backend): FunctionPorts {
  const ports = new Set<MessagePort>();
  return {
    connect() {
      const { port1, port2 } = new MessageChannel();
      ports.add(port1);
      port1.once('close', () => ports.delete(port1));
      serve(port1, handle, sqs);
      // The server of the gateway keeps the process alive, not its ports.
      port1.unref();
      return port2;
    },
    close() {
      for (const port of ports) port.close();
    },
  };
}

function serve(port: MessagePort, handle: HandleCall, sqs: Backend): void {
  const open = new Map<number, AbortController>();
  /** For each answer with messages that the function has not read yet, what gives them back. See unread.ts. */
  const unread = new Map<number, () => void>();

  const answer = async (call: Extract<FromFunction, { kind: 'call' }>): Promise<void> => {
    const { id, target, authorization } = call;
    const caller = new AbortController();
    open.set(id, caller);
    const body = Buffer.from(call.body);
    const given = { method: 'POST', path: '/', target, authorization, body, signal: caller.signal };
    // If the backend is gone or broken, the function sees a lost connection.
    const answered = await handle(given).catch(() => undefined);
    open.delete(id);
    if (answered === undefined) return say({ kind: 'cut', id });
    if (handsOut(target, answered)) {
      const give = () => giveBack(sqs, body, answered);
      if (caller.signal.aborted) return give();
      unread.set(id, give);
    }
    const headers = { ...answered.headers, date: new Date().toUTCString() };
    say({ kind: 'answer', id, status: answered.status, headers, body: answered.body.toString() });
  };
  const say = (said: ToFunction) => port.postMessage(said);

  port.on('message', (said: FromFunction) => {
    if (said.kind === 'call') return void answer(said);
    if (said.kind === 'gone') {
      open.get(said.id)?.abort();
      unread.get(said.id)?.();
    }
    unread.delete(said.id);
  });
  port.once('close', () => {
    for (const caller of open.values()) caller.abort();
    for (const give of unread.values()) give();
  });
}
