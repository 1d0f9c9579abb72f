// Each asks `squall __complete` with the words so far, so that what is offered is what this release knows.

const bash = `# bash completion for squall
_squall() {
  local IFS=$'\\n' line
  local -a found
  COMPREPLY=()
  # ':' and '=' part words in bash; the cursor's word is taken from the line as it was typed
  mapfile -t found < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ "\${found[0]}" == ':files' ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
    return
  fi
  for line in "\${found[@]}"; do COMPREPLY+=("\${line%%$'\\t'*}"); done
}
complete -F _squall squall
`;

const zsh = `#compdef squall
# zsh completion for squall
_squall() {
  local -a found words_so_far candidates
  local line word what
  words_so_far=("\${(@)words[2,CURRENT]}")
  found=("\${(@f)$("\${words[1]}" __complete "\${words_so_far[@]}" 2>/dev/null)}")
  if [[ "\${found[1]}" == ':files' ]]; then
    _files
    return
  fi
  for line in "\${found[@]}"; do
    [[ -z "$line" ]] && continue
    word="\${line%%$'\\t'*}"
    what="\${line#*$'\\t'}"
    candidates+=("\${word//:/\\\\:}:\${what}")
  done
  _describe 'squall' candidates
}
if [[ "\${funcstack[1]}" == '_squall' ]]; then _squall "$@"; else compdef _squall squall; fi
`;

const fish = `# fish completion for squall
function __squall_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found ($words[1] __complete $words[2..-1] 2>/dev/null)
    if test "$found[1]" = ':files'
        __fish_complete_path (commandline -ct)
        return
    end
    for line in $found
        echo $line
    end
end
complete -c squall -f -a '(__squall_complete)'
`;

export const scripts: Readonly<Record<string, string>> = { bash, zsh, fish };
