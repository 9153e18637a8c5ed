import { GantryError } from '@gantry/contract/errors.ts';
import { verb } from '../declare.ts';
import { completions } from '../shells.ts';

export const command = verb({
  details:
    'Add the line to the file that your shell reads when it starts: ~/.bashrc, ~/.zshrc, ~/.config/fish/config.fish.',
  args: { shell: { summary: Object.keys(completions).join(', ') } },
  examples: ['completion bash', 'completion zsh', 'completion fish'],
  async run({ args, out, commands }) {
    const script = Object.entries(completions).find(([shell]) => shell === args.shell)?.[1];
    if (script === undefined)
      throw new GantryError(
        'Invalid',
        `There is no completion for ${args.shell}. There are: ${Object.keys(completions).join(', ')}.`,
      );
    const text = script(await commands());
    out.file({ shell: args.shell, script: text }, text.trimEnd());
  },
});
