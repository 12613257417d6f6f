# Completes kubectl-fargate in bash. `kubectl fargate` is completed by kubectl: kubectl fargate completion install

_kubectl_fargate() {
    local program=$1 line=${COMP_LINE:0:COMP_POINT} end=$2
    local directive= word help width=0 index
    local -a words=() helps=()
    COMPREPLY=()
    case $program in
        '~/'*) program=$HOME/${program#'~/'} ;;
    esac
    # Behind an alias, it is found by its own name.
    type -P -- "$program" >/dev/null || program=kubectl-fargate

    while IFS=$'\t' read -r word help; do
        case $word in
            :[0-9]*) directive=${word#:} ;;
            ?*)
                words+=("$word")
                helps+=("$help")
                ((${#word} > width)) && width=${#word}
                ;;
        esac
    done < <(command "$program" __complete-line "$line" "$end" </dev/null 2>/dev/null)

    if [[ $directive == 0 && ${#words[@]} -eq 0 ]]; then
        if type compopt >/dev/null 2>&1; then
            compopt -o default
        else
            while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$end")
        fi
        return
    fi
    if ((directive & 2)) && type compopt >/dev/null 2>&1; then
        compopt -o nospace
    fi
    for index in "${!words[@]}"; do
        word=${words[index]}
        # What each of several is can be told only where they are listed, not where one is put in.
        if ((${#words[@]} > 1)) && [[ -n ${helps[index]} && " 33 63 64 " == *" $COMP_TYPE "* ]]; then
            printf -v word '%-*s  (%s)' "$width" "$word" "${helps[index]}"
            word=${word:0:${COLUMNS:-80} - 1}
        fi
        COMPREPLY+=("$word")
    done
}

complete -F _kubectl_fargate kubectl-fargate
