import { Status, type Tone } from '../components/status.tsx';
import { useConnection } from '../data/live.ts';

const words: Readonly<Record<ReturnType<typeof useConnection>, readonly [Tone, string, string]>> = {
  connecting: ['quiet', 'Connecting', 'Opening the live connection'],
  connected: ['good', 'Live', 'What you see changes as it happens'],
  reconnecting: ['busy', 'Reconnecting', 'The live connection was lost: what you see may be old until it is back'],
  offline: ['bad', 'Offline', 'This device has no network: what you see may be old until it is back'],
  closed: ['quiet', 'Not live', 'Load the page again to see what has changed'],
};

/** Whether what is shown is what is. */
export function Connection() {
  const [tone, word, meaning] = words[useConnection()];
  return (
    <span role="status" title={meaning} className="max-sm:[&>span]:text-[0px]">
      <Status tone={tone}>{word}</Status>
    </span>
  );
}
