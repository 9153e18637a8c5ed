import { type RefObject, useEffect, useRef, useState } from 'react';

/** So near to what is shown, in pixels, something counts as shown: its data is there when it is. */
const MARGIN = '300px';

/** What is scrolled past faster than this, in milliseconds, need not be read. */
const REST_MS = 150;

/** Whether an element ever stayed on the screen, or near it. What is far below need not be read. */
export function useInView<T extends Element>(): readonly [RefObject<T | null>, boolean] {
  const ref = useRef<T>(null);
  const [wasSeen, setSeen] = useState(false);
  useEffect(() => {
    const { current } = ref;
    if (current === null || wasSeen) return;
    let rest: ReturnType<typeof setTimeout> | undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        clearTimeout(rest);
        if (entries.at(-1)?.isIntersecting === true) rest = setTimeout(() => setSeen(true), REST_MS);
      },
      { rootMargin: MARGIN },
    );
    observer.observe(current);
    return () => {
      clearTimeout(rest);
      observer.disconnect();
    };
  }, [wasSeen]);
  return [ref, wasSeen];
}
