#compdef art
# Completion of art(1) for zsh: the program says what may follow.

local line word before
local -a offers
for line in "${(@f)$(ART_COMPLETE=1 command art "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" </dev/null 2>/dev/null)}"; do
    word=${line%%$'\t'*}
    case $word in
    :files | :folders)
        before=${line#*$'\t'}
        compset -P "${(b)before}"
        if [[ $word == :files ]]; then
            _files
        else
            _files -/
        fi
        ;;
    ?*) offers+=("${word//:/\\:}:${line#*$'\t'}") ;;
    esac
done
(($#offers)) && _describe -V art offers
