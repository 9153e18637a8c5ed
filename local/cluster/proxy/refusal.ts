import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { refuseUpgrade } from '../../wire/server.ts';

/** Why a request cannot be passed on, for its client: nothing about the backend. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
}

/** Answers a request in the app's place. */
export type Refuse = (response: ServerResponse, refusal: Refusal) => void;

export const NO_APP: Refusal = { status: 404, text: 'There is no app at this address.' };
export const NOT_RUNNING: Refusal = { status: 503, text: 'This app is not running right now.' };
export const ASTRAY: Refusal = { status: 500, text: 'This app cannot be reached right now.' };
export const UNREACHABLE: Refusal = { status: 502, text: 'This app did not answer.' };
export const LATE: Refusal = { status: 504, text: 'This app did not answer in time.' };
export const BUSY: Refusal = { status: 503, text: 'Too many requests are under way. Try again in a moment.' };

export function refuse(response: ServerResponse, { status, text }: Refusal): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const retry = status === 503 ? { 'retry-after': '1' } : {};
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...retry }).end(`${text}\n`);
}

/** Refuses an upgrade. */
export function closeWith(socket: Duplex, { status, text }: Refusal): void {
  refuseUpgrade(socket, status, STATUS_CODES[status] ?? '', text);
}
