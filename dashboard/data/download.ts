import { useState } from 'react';
import { toast } from '../components/toast.tsx';

/** Saves a text as a file. `busy` is true while the text is read. */
export function useDownload() {
  const [busy, setBusy] = useState(false);
  const run = async (name: string, type: string, make: () => Promise<string>): Promise<void> => {
    setBusy(true);
    try {
      save(name, new Blob([await make()], { type }));
    } catch (error) {
      toast.error(error);
    } finally {
      setBusy(false);
    }
  };
  return { busy, run };
}

function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
