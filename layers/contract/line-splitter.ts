/** How often an unfinished progress bar is reported, in milliseconds. */
const STATE_MS = 1_000;

/**
 * The last visible state of a line that redraws itself with carriage returns, as progress bars do. Of each state only the first `most` characters
 * count. `line` comes without its line feed.
 */
export function lastState(line: string, most = Number.POSITIVE_INFINITY): string {
  if (!line.includes('\r')) return line.slice(0, most);
  const states = line.split('\r').map((state) => state.slice(0, most));
  return states.findLast((state) => state.trim() !== '') ?? '';
}

export interface LineSplitter {
  write(text: string): void;
  /** Forgets the unfinished line. */
  forget(): void;
  /** The text has ended: the unfinished line is a line too. */
  end(): void;
}

/**
 * Cuts text into lines and passes each to `emit`, without its end and with at most `most` characters. Of a progress bar only the last state is a
 * line, and while it moves, one state a second. It needs no memory beyond two times `most` and the text of one call.
 */
export function lineSplitter(emit: (line: string) => void, most: number): LineSplitter {
  let rest = '';
  let told: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const tell = () => {
    timer = undefined;
    const state = lastState(rest, most);
    if (state === '' || state === told) return;
    told = state;
    emit(state);
  };
  const forget = () => {
    clearTimeout(timer);
    [rest, told, timer] = ['', undefined, undefined];
  };
  const finish = (line: string) => {
    const state = lastState(line, most);
    const isNews = state !== told;
    forget();
    if (isNews) emit(state);
  };
  return {
    write(text) {
      const [first = '', ...others] = text.split('\n');
      const lines = [rest + first, ...others];
      const begun = lines.pop() ?? '';
      for (const line of lines) finish(line);
      rest = shortened(begun, most);
      if (rest.includes('\r')) timer ??= setTimeout(tell, STATE_MS);
    },
    forget,
    end() {
      const line = rest;
      if (lastState(line, most) === '') forget();
      else finish(line);
    },
  };
}

/** An unfinished line without the states that nobody will see. Blank characters of the newest state stay, because more may follow them. */
function shortened(begun: string, most: number): string {
  const at = begun.lastIndexOf('\r');
  if (at < 0) return begun.slice(0, most);
  const current = begun.slice(at + 1).slice(0, most);
  return current.trim() === '' ? `${lastState(begun, most)}\r${current}` : `\r${current}`;
}
