/** Completion for bash and zsh. Both know the commands by their path, and take runs and nodes from where they lie. */
import { allCommands, type CommandFacts } from './commands.ts';

/** What an argument or the value of an option may be, by its name. */
function kindOf(name: string): 'run' | 'node' | 'file' | undefined {
  if (/^(run|other)$/.test(name)) return 'run';
  if (/^(node|name)$/.test(name)) return 'node';
  return name === 'file' ? 'file' : undefined;
}

const optionsWith = (kind: 'node' | 'file') => [
  ...new Set(
    allCommands()
      .flatMap((command) => command.options)
      .filter(({ value = '' }) => kindOf(value.slice(1, -1)) === kind)
      .flatMap(({ names }) => names),
  ),
];

const optionsWithValue = () => [
  ...new Set(
    allCommands()
      .flatMap((command) => command.options)
      .filter(({ value }) => value !== undefined)
      .flatMap(({ names }) => names),
  ),
];

const flags = (command: CommandFacts) => command.options.flatMap(({ names }) => names);
const last = (path: string) => path.split(' ').at(-1) ?? '';
const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** For `/usr/share/bash-completion/completions/proxroll`. */
export function bashCompletion(): string {
  const cases = allCommands().map((command) => {
    const words = [...command.commands.map(({ path }) => last(path)), ...flags(command)];
    const kinds = command.arguments.flatMap(({ name }) => kindOf(name) ?? []);
    const more = [...new Set(kinds)].map((kind) => ` $(_proxroll_${kind}s)`).join('');
    return `    ${quoted(command.path)}) words="${words.join(' ')}${more}" ;;`;
  });
  const paths = allCommands()
    .filter(({ path }) => path !== '')
    .map(({ path }) => quoted(path))
    .join(' | ');
  return `# Completion of proxroll for bash. Made by docs/generate.ts.

_proxroll_runs() { local one; for one in /var/lib/proxroll/runs/*/; do [[ -d $one ]] && basename "$one"; done; }
_proxroll_nodes() { local one; for one in /etc/pve/nodes/*/; do [[ -d $one ]] && basename "$one"; done; }

_proxroll() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} path='' words='' word skip='' at
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    if [[ -n $skip ]]; then skip=''; continue; fi
    case $word in
      ${optionsWithValue().join(' | ')}) skip=yes; continue ;;
    esac
    case "\${path:+$path }$word" in
      ${paths}) path="\${path:+$path }$word" ;;
    esac
  done
  case $before in
    ${optionsWith('file').join(' | ')}) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    ${optionsWith('node').join(' | ')}) mapfile -t COMPREPLY < <(compgen -W "$(_proxroll_nodes)" -- "$current"); return ;;
  esac
  case $path in
${cases.join('\n')}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}

complete -F _proxroll proxroll
`;
}

/** For `/usr/share/zsh/vendor-completions/_proxroll`. */
export function zshCompletion(): string {
  const described = (name: string, description: string) => quoted(`${name.replaceAll(':', '\\:')}:${description.replaceAll(':', '\\:')}`);
  const cases = allCommands().map((command) => {
    const commands = command.commands.map(({ path, description }) => described(last(path), description));
    const options = command.options.flatMap(({ names, description }) => names.map((name) => described(name, description)));
    const kinds = [...new Set(command.arguments.flatMap(({ name }) => kindOf(name) ?? []))];
    return [
      `    ${quoted(command.path)})`,
      ...(commands.length === 0 ? [] : [`      commands=(${commands.join(' ')})`]),
      `      options=(${options.join(' ')})`,
      ...(kinds.length === 0 ? [] : [`      kinds=(${kinds.join(' ')})`]),
      '      ;;',
    ].join('\n');
  });
  const paths = allCommands()
    .filter(({ path }) => path !== '')
    .map(({ path }) => quoted(path))
    .join(' | ');
  return `#compdef proxroll
# Completion of proxroll for zsh. Made by docs/generate.ts.

_proxroll() {
  local path_of='' word skip='' at
  local -a commands options kinds values
  for ((at = 2; at < CURRENT; at++)); do
    word=\${words[at]}
    if [[ -n $skip ]]; then skip=''; continue; fi
    case $word in
      ${optionsWithValue().join(' | ')}) skip=yes; continue ;;
    esac
    case "\${path_of:+$path_of }$word" in
      ${paths}) path_of="\${path_of:+$path_of }$word" ;;
    esac
  done
  case \${words[CURRENT-1]} in
    ${optionsWith('file').join(' | ')}) _files; return ;;
    ${optionsWith('node').join(' | ')}) values=(/etc/pve/nodes/*(N:t)); compadd -a values; return ;;
  esac
  case $path_of in
${cases.join('\n')}
  esac
  [[ \${words[CURRENT]} == -* ]] && { _describe -o option options; return; }
  (( \${#commands} )) && _describe command commands
  (( \${kinds[(I)run]} )) && { values=(/var/lib/proxroll/runs/*(N:t)); compadd -a values; }
  (( \${kinds[(I)node]} )) && { values=(/etc/pve/nodes/*(N:t)); compadd -a values; }
  return 0
}

_proxroll "$@"
`;
}
