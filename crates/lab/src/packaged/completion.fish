# Completion of NAME(1) for fish: the program says what may follow.

function __NAME_offers
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l current (commandline --current-token --cut-at-cursor)
    for line in (VARIABLE=1 command NAME $words[2..] "$current" </dev/null 2>/dev/null)
        set -l parts (string split --max 1 \t -- $line)
        set -l path (string sub --start (math (string length -- "$parts[2]") + 1) -- "$current")
        switch $parts[1]
            case :files
                printf '%s\n' $parts[2](__fish_complete_path $path)
            case :folders
                printf '%s\n' $parts[2](__fish_complete_directories $path)
            case '*'
                printf '%s\n' $line
        end
    end
end

complete -c NAME -f -k -a '(__NAME_offers)'
