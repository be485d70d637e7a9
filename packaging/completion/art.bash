# Completion of art(1) for bash: the program says what may follow.

_art() {
    local rest=${COMP_LINE:0:COMP_POINT} words=() word offers offer before
    # Bash also divides words at = and :. What follows without a blank belongs to the word before.
    for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
        if [[ ${#words[@]} -gt 0 && $rest != [[:blank:]]* ]]; then
            words[-1]+=${word:0:${#rest}}
        else
            rest=${rest#"${rest%%[![:blank:]]*}"}
            words+=("${word:0:${#rest}}")
        fi
        rest=${rest:${#word}}
    done
    before=${words[-1]%"$2"}
    mapfile -t offers < <(ART_COMPLETE=1 command art "${words[@]:1}" </dev/null 2>/dev/null)
    COMPREPLY=()
    for offer in "${offers[@]}"; do
        word=${offer%%$'\t'*}
        case $word in
        :files) compopt -o default ;;
        :folders) compopt -o dirnames ;;
        ?*) COMPREPLY+=("${word#"$before"}") ;;
        esac
    done
}

complete -o nosort -F _art art 2>/dev/null || complete -F _art art
