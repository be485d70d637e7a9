# Completion of art(1) for bash: commands, then options or files.

_art() {
    local word="${COMP_WORDS[COMP_CWORD]}" command="${COMP_WORDS[1]}" words=""
    case "$COMP_CWORD $command" in
    "1 "*) words="pgp init build sign push pull verify exe run ls version" ;;
    "2 pgp") words="gen" ;;
    esac
    if [ -z "$words" ] && [[ $word != -* ]]; then
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
        return
    fi
    case "$command" in
    pgp) words+=" --name --email --comment --algorithm --output --json" ;;
    build) words+=" --tag --profile --json" ;;
    sign) words+=" --key --reset-serial --json" ;;
    push) words+=" --unsigned --user --json" ;;
    pull) words+=" --user --json" ;;
    exe) words+=" --supervised --user" ;;
    init | verify | ls | version) words+=" --json" ;;
    esac
    mapfile -t COMPREPLY < <(compgen -W "$words --verbose --help" -- "$word")
}

complete -F _art art
