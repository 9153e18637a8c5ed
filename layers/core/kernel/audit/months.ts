/** The month of an instant, `2026-11`: the partition of its audit row. */
export function monthOf(at: string): string {
  return at.slice(0, 7);
}

/** The month before, `2025-12` for `2026-01`. */
export function monthBefore(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return number > 1 ? `${year}-${String(number - 1).padStart(2, '0')}` : `${year - 1}-12`;
}
