import { formatDotenv, parseDotenv } from '@gantry/contract/dotenv.ts';
import { GantryError } from '@gantry/contract/errors.ts';
import type { VariableSet } from '@gantry/contract/schemas/variables.ts';
import { useQuery } from '@tanstack/react-query';
import { FileText } from 'lucide-react';
import { useState } from 'react';
import { Button } from '../../../components/button.tsx';
import { Dialog } from '../../../components/dialog.tsx';
import { FormError, TextArea } from '../../../components/field.tsx';
import { useAct } from '../../../data/act.ts';
import { changeTo, refetches, type SetPlace, setQuery } from '../../../data/variables.ts';

/** All variables of a set as the text of a `.env` file. Differences in the edited text are staged. */
export function EditAsTextButton({ set }: { readonly set: SetPlace }) {
  const { data } = useQuery(setQuery(set));
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button disabled={data === undefined} onClick={() => setOpen(true)}>
        <FileText aria-hidden="true" size={14} />
        Edit as text
      </Button>
      <Dialog
        title="Edit as text"
        description="One NAME=value per line, as in a .env file. Differences are staged. Sealed variables stay as they are."
        open={isOpen}
        onClose={() => setOpen(false)}
      >
        {data !== undefined && <TextForm set={set} known={data} onDone={() => setOpen(false)} />}
      </Dialog>
    </>
  );
}

function textOf({ variables }: VariableSet): string {
  return formatDotenv(variables.flatMap(({ name, value }) => (value === null ? [] : [[name, value] as const])));
}

interface TextFormProps {
  readonly set: SetPlace;
  readonly known: VariableSet;
  readonly onDone: () => void;
}

function TextForm({ set, known, onDone }: TextFormProps) {
  const [text, setText] = useState(() => textOf(known));
  const [problem, setProblem] = useState<GantryError | null>(null);
  const stage = useAct('variables.stage', { quiet: true, refetches, onDone });
  const submit = () => {
    try {
      const body = changeTo(parseDotenv(text), known.variables);
      setProblem(null);
      if (Object.keys(body.set ?? {}).length + (body.unset ?? []).length === 0) onDone();
      else stage.mutate({ ...set, body });
    } catch (error) {
      if (!(error instanceof GantryError)) throw error;
      setProblem(error);
    }
  };
  const failure = problem ?? stage.error;
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <TextArea label="Variables" rows={14} value={text} onChange={(event) => setText(event.target.value)} />
      <FormError error={failure} />
      <div className="flex justify-end">
        <Button type="submit" look="primary" busy={stage.isPending}>
          Stage the differences
        </Button>
      </div>
    </form>
  );
}
