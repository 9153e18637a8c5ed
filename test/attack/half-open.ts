import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { patience } from '../patience.ts';
import { doors, requireAlive, type Target } from './target.ts';

/** The number of connections of each kind to each port. */
const EACH = 20;
const DRIP_MS = 500;
/** The platform allows headers ten seconds, and checks every two. */
const LIMIT_MS = 25_000;

/** The first bytes of a slow client. It then adds a byte of a header now and then, or nothing. */
const KINDS: readonly { readonly name: string; readonly first: string; readonly drips: boolean }[] = [
  { name: 'silent', first: '', drips: false },
  { name: 'in the request line', first: 'GET / HT', drips: false },
  { name: 'in the headers', first: 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ', drips: true },
  { name: 'in a TLS handshake', first: '\x16\x03\x01', drips: false },
];

/** Holds many connections half open. Throws when one of them is open after its time, or when others cannot connect. */
export async function halfOpenAttack(target: Target): Promise<void> {
  const held: { readonly what: string; readonly socket: Socket }[] = [];
  for (const door of doors) {
    for (const { name, first, drips } of KINDS) {
      for (let count = 0; count < EACH; count += 1) {
        const socket = connect({ host: '127.0.0.1', port: target.ports[door] });
        held.push({ what: `${door}, ${name}`, socket });
        // Only a reader sees the end of the server's half.
        socket.on('error', () => undefined).resume();
        socket.write(first, 'latin1');
        const timer = drips ? setInterval(() => socket.write('x'), DRIP_MS) : undefined;
        socket.once('close', () => clearInterval(timer));
      }
    }
  }
  try {
    await requireAlive(target);
    const deadline = Date.now() + patience(LIMIT_MS);
    while (held.some(({ socket }) => !socket.closed) && Date.now() < deadline) await sleep(100);
    const open = held.filter(({ socket }) => !socket.closed).map(({ what }) => what);
    if (open.length > 0) throw new Error(`still open: ${[...new Set(open)].join('; ')}`);
  } finally {
    for (const { socket } of held) socket.destroy();
  }
  await requireAlive(target);
}
