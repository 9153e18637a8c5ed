import { DropdownMenu } from 'radix-ui';
import type { ReactNode } from 'react';
import { classes } from './classes.ts';

interface MenuProps {
  readonly trigger: ReactNode;
  readonly align?: 'start' | 'end';
  /** Whether the menu is open at first. */
  readonly isOpen?: boolean;
  readonly children: ReactNode;
}

/** A menu that a button opens. It does not lock the page, because that needs a style that the content security policy refuses. */
export function Menu({ trigger, align = 'end', isOpen = false, children }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false} defaultOpen={isOpen}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={6}
          collisionPadding={8}
          className="z-40 max-h-96 min-w-48 overflow-y-auto rounded-lg border border-line bg-raised p-1 shadow-float"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

const item =
  'flex min-h-8 items-center gap-2 rounded-md px-2 text-small outline-none select-none data-[highlighted]:bg-sunken data-[disabled]:opacity-50';

export function MenuItem({ className, ...rest }: DropdownMenu.DropdownMenuItemProps) {
  return <DropdownMenu.Item {...rest} className={classes(item, className)} />;
}

export function MenuRadio({
  value,
  onChange,
  children,
}: {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly children: ReactNode;
}) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={onChange}>
      {children}
    </DropdownMenu.RadioGroup>
  );
}

export function MenuRadioItem({ value, children }: { readonly value: string; readonly children: ReactNode }) {
  return (
    <DropdownMenu.RadioItem value={value} className={classes(item, 'data-[state=checked]:font-semibold')}>
      <span aria-hidden="true" className="w-3">
        <DropdownMenu.ItemIndicator>•</DropdownMenu.ItemIndicator>
      </span>
      {children}
    </DropdownMenu.RadioItem>
  );
}

export const MenuLabel = ({ children }: { readonly children: ReactNode }) => (
  <DropdownMenu.Label className="truncate px-2 py-1.5 text-tiny text-faint">{children}</DropdownMenu.Label>
);

export const MenuSeparator = () => <DropdownMenu.Separator className="my-1 h-px bg-line" />;
