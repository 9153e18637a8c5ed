import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import { IconButton } from './button.tsx';

const SHOWN_MS = 1_500;

/** Copies a text, and says so for a moment. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), SHOWN_MS);
  };
  const icon = copied ? <Check aria-hidden="true" size={14} /> : <Copy aria-hidden="true" size={14} />;
  return <IconButton label={copied ? 'Copied' : label} icon={icon} onClick={copy} />;
}

interface CommandProps {
  /** The name of the button; default `Copy the command`. */
  readonly copies?: string;
  readonly children: string;
}

/** A text with a button that copies it; usually a command for a terminal. */
export function Command({ copies = 'Copy the command', children }: CommandProps) {
  return (
    <span className="inline-flex max-w-full items-center gap-1 rounded-md border border-line bg-sunken pl-3">
      <code className="min-w-0 py-1.5 text-left break-all font-mono text-small">{children}</code>
      <CopyButton text={children} label={copies} />
    </span>
  );
}
