# Completion of pilotctl(1) for fish: the program says what may follow.

function __pilotctl_offers
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l current (commandline --current-token --cut-at-cursor)
    for line in (PILOTCTL_COMPLETE=1 command pilotctl $words[2..] "$current" </dev/null 2>/dev/null)
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

complete -c pilotctl -f -k -a '(__pilotctl_offers)'
