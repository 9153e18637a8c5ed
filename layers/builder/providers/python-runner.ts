import type { Pipfile, PyProject } from './python-project.ts';

/**
 * A package manager that runs a command, where a command can begin in a line. The image has no manager, and the command
 * is on its PATH.
 */
const RUNNER =
  /(?<before>^|&&|\|\||;|\||\bexec\s)(?<space>\s*)(?:uv|poetry|pdm|pipenv|rye|hatch)\s+run\s+(?<rest>[^&|;]*)/g;
/** Options of these managers about the install. The image does not need them. */
const OPTION =
  /^(?:-q|--quiet|-v|--verbose|--frozen|--locked|--no-sync|--no-dev|--isolated|--active|--no-project)(?=\s|$)\s*/;

/**
 * Removes the package manager from a start command: `uv run main.py` becomes `python main.py`, and `poetry run gunicorn
 * app` becomes `gunicorn app`. A script that `pyproject.toml` or `Pipfile` defines for the manager becomes its own
 * command.
 */
export function withoutRunner(line: string, project: PyProject, pipfile: Pipfile | undefined): string {
  const scripts = new Map(Object.entries({ ...project.tool?.pdm?.scripts, ...pipfile?.scripts }));
  return line.replace(RUNNER, (whole, ...args) => {
    const groups: Record<string, string> = args.at(-1);
    let rest = groups['rest'] ?? '';
    while (OPTION.test(rest)) rest = rest.replace(OPTION, '');
    rest = rest.replace(/^--\s+/, '');
    const [first = '', ...others] = rest.split(/(?<=\s)/);
    const word = first.trim();
    const script = scripts.get(word);
    const after = others.join('');
    const lead = `${groups['before']}${groups['space']}`;
    if (word.startsWith('-') && word !== '-m' && word !== '--module') return whole;
    if (word === '-m' || word === '--module') return `${lead}python -m ${after}`;
    if (typeof script === 'string') return `${lead}${script}${after === '' ? '' : ` ${after}`}`;
    return word.endsWith('.py') ? `${lead}python ${rest}` : `${lead}${rest}`;
  });
}
