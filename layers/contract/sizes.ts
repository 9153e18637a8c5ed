/** A size for people, rounded up, so that a size above a limit never looks like the limit: `41 KB`, `1.2 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const kilobytes = Math.ceil(bytes / 1024);
  return kilobytes < 1024 ? `${kilobytes} KB` : `${(Math.ceil((bytes / 1024 / 1024) * 10) / 10).toString()} MB`;
}

/** The size of a text as stored, in bytes of UTF-8. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
