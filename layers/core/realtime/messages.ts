import { GantryError } from '@gantry/contract/errors.ts';
import { ClientFrame, type ServerFrame } from '@gantry/contract/schemas/realtime.ts';
import { takeInput } from './input.ts';
import { send } from './push.ts';
import { subscribe, unsubscribe } from './subscriptions.ts';

/** Carries out a client's frame and answers it. An error is answered as an `error` frame, and the connection stays. */
export async function receive(connectionId: string, text: string): Promise<void> {
  try {
    await send(connectionId, await answerTo(connectionId, text));
  } catch (error) {
    await send(connectionId, {
      type: 'error',
      kind: 'Internal',
      detail: 'Something went wrong on our side. Try again.',
    });
    throw error;
  }
}

async function answerTo(connectionId: string, text: string): Promise<ServerFrame> {
  const frame = ClientFrame.safeParse(parsed(text));
  if (!frame.success) {
    const detail =
      'The frame must be subscribe, unsubscribe, input or ping. See the Realtime section of the reference.';
    return { type: 'error', kind: 'Invalid', detail };
  }
  try {
    return await act(connectionId, frame.data);
  } catch (error) {
    if (!(error instanceof GantryError) || error.kind === 'Internal') throw error;
    const topic = 'topic' in frame.data ? { topic: frame.data.topic } : {};
    return { type: 'error', kind: error.kind, detail: error.message, ...topic };
  }
}

async function act(connectionId: string, frame: ClientFrame): Promise<ServerFrame> {
  switch (frame.type) {
    case 'ping':
      return { type: 'pong' };
    case 'subscribe':
      await subscribe(connectionId, frame);
      return { type: 'subscribed', topic: frame.topic };
    case 'unsubscribe':
      await unsubscribe(connectionId, frame.topic);
      return { type: 'unsubscribed', topic: frame.topic };
    case 'input':
      await takeInput(connectionId, frame);
      return { type: 'taken', topic: frame.topic, sequence: frame.sequence };
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
