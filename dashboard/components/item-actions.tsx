import type { GantryError } from '@gantry/contract/errors.ts';
import { EllipsisVertical, Pencil, Trash2 } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from './button.tsx';
import { Confirm } from './confirm.tsx';
import { Dialog } from './dialog.tsx';
import { Menu, MenuItem } from './menu.tsx';

interface ItemActionsProps {
  readonly name: string;
  /** The open dialog. The caller closes it when its request is done. */
  readonly shown: 'edit' | 'delete' | undefined;
  readonly onShow: (shown: 'edit' | 'delete' | undefined) => void;
  readonly change: { readonly label: string; readonly hint: string; readonly form: ReactNode };
  readonly removal: {
    /** The button's text: `Delete alert`. */
    readonly action: string;
    readonly warning: string;
    readonly busy: boolean;
    readonly error: GantryError | null;
    readonly onConfirm: () => void;
  };
  /** Further entries of the menu, before the others. */
  readonly children?: ReactNode;
}

/** The menu of an item in a list: to change it in a form, and to delete it after a confirmation. */
export function ItemActions({ name, shown, onShow, change, removal, children }: ItemActionsProps) {
  const close = () => onShow(undefined);
  return (
    <>
      <Menu
        trigger={<IconButton label={`Actions on ${name}`} icon={<EllipsisVertical aria-hidden="true" size={16} />} />}
      >
        {children}
        <MenuItem onSelect={() => onShow('edit')}>
          <Pencil aria-hidden="true" size={14} />
          {change.label}
        </MenuItem>
        <MenuItem onSelect={() => onShow('delete')}>
          <Trash2 aria-hidden="true" size={14} />
          Delete
        </MenuItem>
      </Menu>
      <Dialog title={`Change ${name}`} description={change.hint} open={shown === 'edit'} onClose={close}>
        {change.form}
      </Dialog>
      <Confirm title={`Delete ${name}?`} open={shown === 'delete'} onClose={close} {...removal} />
    </>
  );
}
