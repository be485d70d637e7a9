# Completion for fish. What it offers is what the program's own `--help` says.

function __host_pilot_offers
    set -l words (commandline -opc)
    # A command has one word or two; what follows are its arguments.
    set -l commands (string match -rv -- '^-' $words[2..3])
    set -l help ($words[1] $commands --help 2>/dev/null)
    or set help ($words[1] $commands[1] --help 2>/dev/null)
    or set help ($words[1] --help)
    set -l of_usage
    set -l lists_commands 0
    for line in $help
        if string match -q 'Commands:' -- $line
            set lists_commands 1
        else if test -z "$line"
            set lists_commands 0
        else if test $lists_commands = 1
            string match -qr '^  (?<name>[a-z-]+)(?: [A-Z]+)?  +(?<about>.+)' -- $line
            and printf '%s\t%s\n' $name $about
        else if string match -qr '^ +(?:-\w, )?(?<name>--[a-z-]+)(?: [<A-Z]\S*)*(?:  +(?<about>.+))?$' -- $line
            printf '%s\t%s\n' $name "$about"
        else if string match -qr "^(?:Usage:|      ) $words[1] (?<usage>.+)" -- $line
            set -a of_usage (string match -ra -- '--[a-z-]+' $usage)
            # `job ls`, and one of several ids: `[host-uuid|mac-addr]`.
            set -a of_usage (string match -rg '^[a-z]+ ([a-z]+)\b' -- $usage)
            set -a of_usage (string match -rg '\[(\w[\w|-]+\|[\w|-]+)\]' -- $usage | string split '|')
        end
    end
    # Behind those that are explained, of which the first counts.
    printf '%s\n' $of_usage
end

complete -c pilot -a '(__host_pilot_offers)'
complete -c pilot -f -n 'test (count (commandline -opc)) -eq 1'
