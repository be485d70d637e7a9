# Completion of pilot(1) for bash: commands, then their options or what they show.

_pilot() {
    local word="${COMP_WORDS[COMP_CWORD]}" command="${COMP_WORDS[1]}" words
    if [ "${COMP_WORDS[COMP_CWORD - 1]}" = --code-file ]; then
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
    fi
    if [ "$COMP_CWORD" -eq 2 ] && [ "$command" = job ]; then
        words="ls show stop"
    elif [ "$COMP_CWORD" -eq 2 ] && [ "$command" = key ]; then
        words="rotate"
    elif [ "$COMP_CWORD" -gt 1 ]; then
        case "$command" in
        launch) words="--hw-id --trace" ;;
        enrol) words="--code-file --hw-id --json" ;;
        status | doctor | key | version) words="--json" ;;
        job) words="--follow --json" ;;
        config) words="host-uuid mac-addr hw-id machine-id ALL --json" ;;
        reset) words="--yes --force --json" ;;
        help) words="launch enrol status doctor job key config reset version" ;;
        esac
    else
        words="launch enrol status doctor job key config reset version help"
    fi
    mapfile -t COMPREPLY < <(compgen -W "$words --help" -- "$word")
}

complete -F _pilot pilot
