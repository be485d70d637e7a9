# Completion of pilot(1) for bash.

_pilot() {
    local word="${COMP_WORDS[COMP_CWORD]}" words="--help"
    if [ "$COMP_CWORD" -eq 1 ]; then
        words="launch enrol status job config reset version help --help"
    else
        case "${COMP_WORDS[1]}" in
        launch) words="--hw-id --trace --help" ;;
        enrol)
            if [ "${COMP_WORDS[COMP_CWORD - 1]}" = --code-file ]; then
                compopt -o filenames
                mapfile -t COMPREPLY < <(compgen -f -- "$word")
                return
            fi
            words="--code-file --hw-id --help"
            ;;
        status | version) words="--json --help" ;;
        job) words="ls show stop --follow --json --help" ;;
        config) words="host-uuid mac-addr hw-id machine-id ALL --help" ;;
        reset) words="--yes --force --json --help" ;;
        help) words="launch enrol status job config reset version" ;;
        esac
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -F _pilot pilot
