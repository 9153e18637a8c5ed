import { Status, type Tone } from '../components/status.tsx';
import { useConnection } from '../data/live.ts';

const words: Readonly<Record<ReturnType<typeof useConnection>, readonly [Tone, string, string]>> = {
  connecting: ['quiet', 'Connecting', 'Opening the live connection'],
  connected: ['good', 'Live', 'The page is live: changes show at once'],
  reconnecting: ['busy', 'Reconnecting', 'The live connection is lost: the page may be out of date until it is back'],
  offline: ['bad', 'Offline', 'This device is offline: the page may be out of date until the network is back'],
  closed: ['quiet', 'Not live', 'Load the page again to see changes'],
};

/** Whether the shown data is current. */
export function Connection() {
  const [tone, word, meaning] = words[useConnection()];
  return (
    <span role="status" title={meaning} className="max-sm:[&>span]:text-[0px]">
      <Status tone={tone}>{word}</Status>
    </span>
  );
}
