import { type RefObject, useEffect, useRef, useState } from 'react';

/** So near to what is shown, in pixels, something counts as shown: its data is there when it is. */
const MARGIN = '300px';

/** Whether an element was ever on the screen, or near it. What is far below need not be read. */
export function useInView<T extends Element>(): readonly [RefObject<T | null>, boolean] {
  const ref = useRef<T>(null);
  const [wasSeen, setSeen] = useState(false);
  useEffect(() => {
    const { current } = ref;
    if (current === null || wasSeen) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
      },
      { rootMargin: MARGIN },
    );
    observer.observe(current);
    return () => observer.disconnect();
  }, [wasSeen]);
  return [ref, wasSeen];
}
