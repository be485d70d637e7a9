# Completion of art(1) for fish: the program says what may follow.

function __art_offers
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l current (commandline --current-token --cut-at-cursor)
    for line in (ART_COMPLETE=1 command art $words[2..] "$current" </dev/null 2>/dev/null)
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

complete -c art -f -k -a '(__art_offers)'
