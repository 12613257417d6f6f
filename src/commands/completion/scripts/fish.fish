# Completes kubectl-fargate in fish. `kubectl fargate` is completed by kubectl: kubectl fargate completion install

function __kubectl_fargate_complete
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    set -l program $typed[1]
    set -e typed[1]
    command -q -- "$program"; or set program kubectl-fargate

    set -l lines (command "$program" __complete $typed "$current" </dev/null 2>/dev/null)
    set -q lines[1]; or return
    set -l directive (string replace -- : '' $lines[-1])
    set -e lines[-1]
    # fish replaces the whole word, the answer is about what stands behind --flag=.
    set -l before (string match -r -- '^-[^=]*=' "$current")
    if test "$directive" = 0; and not set -q lines[1]
        set -l path (string replace -r -- '^-[^=]*=' '' "$current")
        set lines (__fish_complete_path "$path")
    end
    for line in $lines
        printf '%s%s\n' "$before" "$line"
    end
end

complete -c kubectl-fargate -e
complete -c kubectl-fargate -f -a '(__kubectl_fargate_complete)'
