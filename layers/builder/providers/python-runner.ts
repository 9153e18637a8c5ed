import type { Pipfile, PyProject } from './python-project.ts';

/** Where in a line a command begins: its managers are not in the image, and what they run is on its PATH. */
const RUNNER =
  /(?<before>^|&&|\|\||;|\||\bexec\s)(?<space>\s*)(?:uv|poetry|pdm|pipenv|rye|hatch)\s+run\s+(?<rest>[^&|;]*)/g;
/** Options of theirs that say how to install, of which an image has no need. */
const OPTION =
  /^(?:-q|--quiet|-v|--verbose|--frozen|--locked|--no-sync|--no-dev|--isolated|--active|--no-project)(?=\s|$)\s*/;

/**
 * A start command without the package manager that runs it: `uv run main.py` is `python main.py`, `poetry run gunicorn app` is
 * `gunicorn app`. A script that `pyproject.toml` or `Pipfile` names for the manager becomes what it stands for.
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
