import { useEffect, useRef } from 'react';

/** Calls `settled` once a value has stayed the same for so many milliseconds. */
export function useDelayed<T>(value: T, ms: number, settled: (value: T) => void): void {
  const latest = useRef(settled);
  useEffect(() => {
    latest.current = settled;
  });
  useEffect(() => {
    const timer = setTimeout(() => latest.current(value), ms);
    return () => clearTimeout(timer);
  }, [value, ms]);
}
