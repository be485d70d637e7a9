# Completion of pilotctl(1) for bash: commands, their own commands, then files.

_pilotctl() {
    local word="${COMP_WORDS[COMP_CWORD]}" words=""
    case "$COMP_CWORD" in
    1) words="serve user tls key host cmd job version --help" ;;
    2)
        case "${COMP_WORDS[1]}" in
        user) words="add ls rm" ;;
        tls) words="init" ;;
        key) words="list-make list-sign" ;;
        host) words="ls invite admit rm" ;;
        cmd) words="put ls show rm" ;;
        job) words="run ls show cancel" ;;
        esac
        ;;
    esac
    if [ -n "$words" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
    else
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    fi
}

complete -F _pilotctl pilotctl
