#compdef kubectl-fargate
# Completes kubectl-fargate in zsh, where compinit has run. `kubectl fargate` is completed by kubectl: kubectl fargate completion install

_kubectl_fargate() {
    local program=${(Q)words[1]} directive= word help
    local -a typed entries blank
    [[ $program == '~/'* ]] && program=$HOME/${program#'~/'}
    # Behind an alias, it is found by its own name.
    whence -p -- "$program" >/dev/null || program=kubectl-fargate
    typed=("${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}")

    while IFS=$'\t' read -r word help; do
        case $word in
            :[0-9]*) directive=${word#:} ;;
            ?*) entries+=("${word//:/\\:}${help:+:$help}") ;;
        esac
    done < <(command "$program" __complete "${typed[@]}" </dev/null 2>/dev/null)

    # Behind --flag= stands what the answer is about.
    [[ $PREFIX == -*=* ]] && compset -P 1 '*='
    if (( ${#entries} )); then
        [[ $directive == <-> ]] && (( directive & 2 )) && blank=(-S '')
        _describe -t words kubectl-fargate entries -M 'm:{a-zA-Z}={A-Za-z}' "${blank[@]}"
    elif [[ $directive == 0 ]]; then
        _files
    fi
}

if [[ $funcstack[1] == _kubectl-fargate ]]; then
    _kubectl_fargate "$@"
else
    compdef _kubectl_fargate kubectl-fargate
fi
