#compdef pilot
# Completion for zsh. What it offers is what the program's own `--help` says.

local -a commands options of_usage
local -aU offers
local help line lists_commands=0
# A command has one word or two; what follows are its arguments.
commands=(${${words[2,CURRENT-1]:#-*}[1,2]})
help=$($words[1] $commands --help 2>/dev/null) ||
    help=$($words[1] $commands[1] --help 2>/dev/null) ||
    help=$($words[1] --help)
for line in "${(@f)help}"; do
    if [[ $line == Commands: ]]; then
        lists_commands=1
    elif [[ -z $line ]]; then
        lists_commands=0
    elif ((lists_commands)); then
        [[ $line =~ '^  ([a-z-]+)( [A-Z]+)?  +(.+)' ]] && offers+=("$match[1]:$match[3]")
    elif [[ $line =~ '^ +(-[a-zA-Z], )?(--[a-z-]+)( [<A-Z][^ ]*)*(  +(.+))?$' ]]; then
        options+=("$match[2]:$match[5]")
    elif [[ $line =~ "^(Usage:|      ) ${words[1]:t} (.+)" ]]; then
        line=$match[2]
        of_usage+=(${(M)${(s: :)${line//[\[\]|]/ }}:#--*})
        # `job ls`, and one of several ids: `[host-uuid|mac-addr]`.
        [[ $line =~ '^[a-z]+ ([a-z]+)( |$)' ]] && offers+=($match[1])
        [[ $line =~ '\[([[:alnum:]][[:alnum:]|-]+\|[[:alnum:]|-]+)\]' ]] && offers+=(${(s:|:)match[1]})
    fi
done
# Without those that are explained.
for line in ${(u)of_usage}; do
    ((${options[(I)$line:*]})) || options+=($line)
done

if [[ $PREFIX == -* ]]; then
    _describe -o option options
elif ((CURRENT == 2)); then
    _describe command offers
else
    _describe command offers
    _files
fi
