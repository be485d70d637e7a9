# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_pilotctl_global_optspecs
    string join \n h/help V/version
end

function __fish_pilotctl_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_pilotctl_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_pilotctl_using_subcommand
    set -l cmd (__fish_pilotctl_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c pilotctl -n "__fish_pilotctl_needs_command" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_needs_command" -s V -l version -d 'Print version'
complete -c pilotctl -n "__fish_pilotctl_needs_command" -f -a "serve" -d 'Run the service'
complete -c pilotctl -n "__fish_pilotctl_needs_command" -f -a "backup" -d 'Copy the service\'s data while it runs, on the machine that has it'
complete -c pilotctl -n "__fish_pilotctl_needs_command" -f -a "user" -d 'Manage the users of the service; on the machine that has its data, also without it'
complete -c pilotctl -n "__fish_pilotctl_needs_command" -f -a "token" -d 'Make, list and remove API tokens, which programs sign in with'
complete -c pilotctl -n "__fish_pilotctl_needs_command" -f -a "audit" -d 'Show and verify who changed what'
complete -c pilotctl -n "__fish_pilotctl_needs_command" -f -a "package" -d 'Correct serials of the registry, on the machine that has its data'
complete -c pilotctl -n "__fish_pilotctl_needs_command" -f -a "store" -d 'Make or replace the store key, which seals the secrets in the database'
complete -c pilotctl -n "__fish_pilotctl_needs_command" -f -a "tls" -d 'Make certificates for the service'
complete -c pilotctl -n "__fish_pilotctl_needs_command" -f -a "key" -d 'Make and sign the list of keys that hosts trust'
complete -c pilotctl -n "__fish_pilotctl_needs_command" -f -a "host" -d 'List, invite, admit, disable and remove hosts'
complete -c pilotctl -n "__fish_pilotctl_needs_command" -f -a "cmd" -d 'Define commands'
complete -c pilotctl -n "__fish_pilotctl_needs_command" -f -a "job" -d 'Run commands on hosts'
complete -c pilotctl -n "__fish_pilotctl_needs_command" -f -a "version" -d 'Show the version; as JSON also commit and target of the build'
complete -c pilotctl -n "__fish_pilotctl_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -l store-key -d 'File of the store key, which seals the secrets in the database; created if the database has no key yet (default: the name of the folder, with `.key`)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -l settings -d 'Settings file that the service manager has put into the environment: lines that service managers read differently are refused' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -l listen -d 'Address to listen on; port 0 means any free port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -l tls-cert -d 'Certificate of the service, followed by those of its CAs (PEM)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -l tls-key -d 'Key of the certificate (PEM)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -l job-key -d 'OpenPGP secret key that signs job requests' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -l root-key -d 'OpenPGP public key of the root that signed the key list' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -l key-list -d 'Signed list of the keys that hosts trust' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -l ca -d 'CA that codes of invitations pin (default: the last certificate of --tls-cert if it is self-issued)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -l url -d 'Address by which hosts reach the service, printed with each invitation' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -l metrics-listen -d 'Address for monitors: /metrics, /healthz and /readyz over plain HTTP; without a value, 127.0.0.1:9843. None if not given' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -l interval -d 'Time between a host\'s pings, 100ms to 1d' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -l keep-jobs -d 'How long jobs are kept after their end: 90d, or forever; their batches go with the last job' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -l keep-outputs -d 'How long the output of jobs is kept after their end, if that is less' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -l keep-audit -d 'How long entries of the audit log are kept: 400d, or forever' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -l max-package -d 'Size limit of packages, in MiB or with a unit: 200 or 200M; at most 512M, the limit of hosts' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -l log -d 'Log level: error, warn, info, debug, or a filter as for RUST_LOG' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -l data -d 'Folder with the service\'s data; created if it does not exist' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -l accept-unsigned -d 'Accept unsigned packages (hosts refuse to run them)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand serve" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand backup" -l data -d 'Folder with the service\'s data' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand backup" -s o -l output -d 'Folder to create with the copy; it appears when the copy is complete' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand backup" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand backup" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and not __fish_seen_subcommand_from add ls role password rm help" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and not __fish_seen_subcommand_from add ls role password rm help" -f -a "add" -d 'Add a user; the password comes from a prompt, from a file or from standard input'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and not __fish_seen_subcommand_from add ls role password rm help" -f -a "ls" -d 'List users'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and not __fish_seen_subcommand_from add ls role password rm help" -f -a "role" -d 'Give a user another role; it holds from the next request on'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and not __fish_seen_subcommand_from add ls role password rm help" -f -a "password" -d 'Give a user, or yourself, another password; it comes from a prompt, from a file or from standard input'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and not __fish_seen_subcommand_from add ls role password rm help" -f -a "rm" -d 'Remove a user'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and not __fish_seen_subcommand_from add ls role password rm help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from add" -l role -d 'What the user may do' -r -f -a "admin\t'Everything'
operator\t'Everything but users'
publisher\t'Push packages and pull them'
reader\t'Look at everything but users, and pull packages'"
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from add" -l password-file -d 'File with the new user\'s password, in one line' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from add" -l data -d 'Work on the data in this folder, on the service\'s machine, in place of calling the service' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from add" -l store-key -d 'File of the store key (default: the name of the folder, with `.key`)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from add" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from add" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from add" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from add" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from add" -l sign-in-password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from add" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from ls" -l data -d 'Work on the data in this folder, on the service\'s machine, in place of calling the service' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from ls" -l store-key -d 'File of the store key (default: the name of the folder, with `.key`)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from ls" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from ls" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from ls" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from ls" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from ls" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from ls" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from role" -l data -d 'Work on the data in this folder, on the service\'s machine, in place of calling the service' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from role" -l store-key -d 'File of the store key (default: the name of the folder, with `.key`)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from role" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from role" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from role" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from role" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from role" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from role" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from role" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from password" -l password-file -d 'File with the new password, in one line' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from password" -l data -d 'Work on the data in this folder, on the service\'s machine, in place of calling the service' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from password" -l store-key -d 'File of the store key (default: the name of the folder, with `.key`)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from password" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from password" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from password" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from password" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from password" -l sign-in-password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from password" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from password" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from rm" -l data -d 'Work on the data in this folder, on the service\'s machine, in place of calling the service' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from rm" -l store-key -d 'File of the store key (default: the name of the folder, with `.key`)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from rm" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from rm" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from rm" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from rm" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from rm" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from rm" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "add" -d 'Add a user; the password comes from a prompt, from a file or from standard input'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List users'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "role" -d 'Give a user another role; it holds from the next request on'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "password" -d 'Give a user, or yourself, another password; it comes from a prompt, from a file or from standard input'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Remove a user'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and not __fish_seen_subcommand_from add ls rm help" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and not __fish_seen_subcommand_from add ls rm help" -f -a "add" -d 'Make a token, and show it once'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and not __fish_seen_subcommand_from add ls rm help" -f -a "ls" -d 'List your tokens; an admin, those of all users'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and not __fish_seen_subcommand_from add ls rm help" -f -a "rm" -d 'Remove a token: the service rejects it from now on'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and not __fish_seen_subcommand_from add ls rm help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from add" -l may -d 'What it allows of what the user\'s role does: read, operate, push, pull, audit or run:COMMAND; may be repeated (default: what the role allows, but not audit)' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from add" -l expires -d 'How long it is valid, at most 366d' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from add" -l of -d 'Whose token it is (default: your own)' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from add" -s o -l output -d 'File to write it to, which only you may read (default: print it)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from add" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from add" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from add" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from add" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from add" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from add" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from ls" -l of -d 'Only those of this user' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from ls" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from ls" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from ls" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from ls" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from ls" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from ls" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from rm" -l of -d 'Whose token it is (default: your own)' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from rm" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from rm" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from rm" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from rm" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from rm" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from rm" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from help" -f -a "add" -d 'Make a token, and show it once'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List your tokens; an admin, those of all users'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Remove a token: the service rejects it from now on'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand token; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and not __fish_seen_subcommand_from ls export verify help" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and not __fish_seen_subcommand_from ls export verify help" -f -a "ls" -d 'List changes, the newest first: who made them, from where, and on what'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and not __fish_seen_subcommand_from ls export verify help" -f -a "export" -d 'Print the whole log, the oldest entry first, as a line of JSON for each'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and not __fish_seen_subcommand_from ls export verify help" -f -a "verify" -d 'Verify that no entry was changed, removed or added; exit code 1 if one was'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and not __fish_seen_subcommand_from ls export verify help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l who -d 'Only changes by this user' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l what -d 'Only this action, as host.disable, or all on a kind of thing, as host' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l on -d 'Only changes of what has this id or name' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l since -d 'Only entries since a time, as 2026-11-30T15:00:00Z, or of the last 7d' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l limit -d 'How many entries to list' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from export" -l who -d 'Only changes by this user' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from export" -l what -d 'Only this action, as host.disable, or all on a kind of thing, as host' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from export" -l on -d 'Only changes of what has this id or name' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from export" -l since -d 'Only entries since a time, as 2026-11-30T15:00:00Z, or of the last 7d' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from export" -l after -d 'Only entries after the one with this number' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from export" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from export" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from export" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from export" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from export" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from export" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l data -d 'Work on the data in this folder, on the service\'s machine, in place of calling the service' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l store-key -d 'File of the store key (default: the name of the folder, with `.key`)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List changes, the newest first: who made them, from where, and on what'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "export" -d 'Print the whole log, the oldest entry first, as a line of JSON for each'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Verify that no entry was changed, removed or added; exit code 1 if one was'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand audit; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand package; and not __fish_seen_subcommand_from reset-serial help" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand package; and not __fish_seen_subcommand_from reset-serial help" -f -a "reset-serial" -d 'Lower the highest serial of a tag that a wrong clock has set into the future'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand package; and not __fish_seen_subcommand_from reset-serial help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand package; and __fish_seen_subcommand_from reset-serial" -l data -d 'Folder with the service\'s data' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand package; and __fish_seen_subcommand_from reset-serial" -l store-key -d 'File of the store key, which seals the secrets in the database; created if the database has no key yet (default: the name of the folder, with `.key`)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand package; and __fish_seen_subcommand_from reset-serial" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand package; and __fish_seen_subcommand_from reset-serial" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand package; and __fish_seen_subcommand_from help" -f -a "reset-serial" -d 'Lower the highest serial of a tag that a wrong clock has set into the future'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand package; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand store; and not __fish_seen_subcommand_from make-key rekey status help" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand store; and not __fish_seen_subcommand_from make-key rekey status help" -f -a "make-key" -d 'Make a key for a database that does not exist yet, or has none'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand store; and not __fish_seen_subcommand_from make-key rekey status help" -f -a "rekey" -d 'Seal everything with a new key; stop the service first'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand store; and not __fish_seen_subcommand_from make-key rekey status help" -f -a "status" -d 'Show how large the database is and what is in it; the service may run meanwhile'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand store; and not __fish_seen_subcommand_from make-key rekey status help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand store; and __fish_seen_subcommand_from make-key" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand store; and __fish_seen_subcommand_from make-key" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand store; and __fish_seen_subcommand_from rekey" -l data -d 'Folder with the service\'s data' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand store; and __fish_seen_subcommand_from rekey" -l store-key -d 'File of the store key, which seals the secrets in the database; created if the database has no key yet (default: the name of the folder, with `.key`)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand store; and __fish_seen_subcommand_from rekey" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand store; and __fish_seen_subcommand_from rekey" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand store; and __fish_seen_subcommand_from status" -l data -d 'Folder with the service\'s data' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand store; and __fish_seen_subcommand_from status" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand store; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "make-key" -d 'Make a key for a database that does not exist yet, or has none'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "rekey" -d 'Seal everything with a new key; stop the service first'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "status" -d 'Show how large the database is and what is in it; the service may run meanwhile'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand tls; and not __fish_seen_subcommand_from init issue help" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand tls; and not __fish_seen_subcommand_from init issue help" -f -a "init" -d 'Make a CA (ca.pem, ca.key) and a certificate for the service (server.pem, server.key) that it issued'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand tls; and not __fish_seen_subcommand_from init issue help" -f -a "issue" -d 'Make another certificate for the service (server.pem, server.key), issued by the CA of `tls init`, which hosts trust already'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand tls; and not __fish_seen_subcommand_from init issue help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand tls; and __fish_seen_subcommand_from init" -l dir -d 'Folder for the files, which must not exist yet' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand tls; and __fish_seen_subcommand_from init" -l host -d 'Name or address by which hosts reach the service (may be repeated)' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand tls; and __fish_seen_subcommand_from init" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand tls; and __fish_seen_subcommand_from init" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand tls; and __fish_seen_subcommand_from issue" -l dir -d 'Folder for the files, which must not exist yet' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand tls; and __fish_seen_subcommand_from issue" -l host -d 'Name or address by which hosts reach the service (may be repeated)' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand tls; and __fish_seen_subcommand_from issue" -l ca -d 'The CA\'s certificate (PEM)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand tls; and __fish_seen_subcommand_from issue" -l ca-key -d 'The CA\'s key (PEM)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand tls; and __fish_seen_subcommand_from issue" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand tls; and __fish_seen_subcommand_from issue" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand tls; and __fish_seen_subcommand_from help" -f -a "init" -d 'Make a CA (ca.pem, ca.key) and a certificate for the service (server.pem, server.key) that it issued'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand tls; and __fish_seen_subcommand_from help" -f -a "issue" -d 'Make another certificate for the service (server.pem, server.key), issued by the CA of `tls init`, which hosts trust already'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand tls; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and not __fish_seen_subcommand_from list-make list-sign list-import ls show help" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and not __fish_seen_subcommand_from list-make list-sign list-import ls show help" -f -a "list-make" -d 'Make a list, for `key list-sign`'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and not __fish_seen_subcommand_from list-make list-sign list-import ls show help" -f -a "list-sign" -d 'Sign a list with the root key'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and not __fish_seen_subcommand_from list-make list-sign list-import ls show help" -f -a "list-import" -d 'Give a signed list to a running service, and with it to all hosts'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and not __fish_seen_subcommand_from list-make list-sign list-import ls show help" -f -a "ls" -d 'Show the list of a running service, and how many hosts trust it'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and not __fish_seen_subcommand_from list-make list-sign list-import ls show help" -f -a "show" -d 'Show the fingerprints in a list or in files of keys'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and not __fish_seen_subcommand_from list-make list-sign list-import ls show help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from list-make" -l number -d 'Number of the list: increase it with every change; hosts refuse a lower one' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from list-make" -l job -d 'Public key that may sign job requests (may be repeated)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from list-make" -l registry -d 'Public key that may sign packages (may be repeated)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from list-make" -s o -l output -d 'File to create' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from list-make" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from list-make" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from list-sign" -l root -d 'The root\'s secret key' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from list-sign" -s o -l output -d 'File to create' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from list-sign" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from list-sign" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from list-import" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from list-import" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from list-import" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from list-import" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from list-import" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from list-import" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from list-import" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from ls" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from ls" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from ls" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from ls" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from ls" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from ls" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from show" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "list-make" -d 'Make a list, for `key list-sign`'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "list-sign" -d 'Sign a list with the root key'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "list-import" -d 'Give a signed list to a running service, and with it to all hosts'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "ls" -d 'Show the list of a running service, and how many hosts trust it'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show the fingerprints in a list or in files of keys'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand key; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and not __fish_seen_subcommand_from ls show rename label invite admit acknowledge rotate disable enable rm help" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and not __fish_seen_subcommand_from ls show rename label invite admit acknowledge rotate disable enable rm help" -f -a "ls" -d 'List hosts, including those that wait for admission'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and not __fish_seen_subcommand_from ls show rename label invite admit acknowledge rotate disable enable rm help" -f -a "show" -d 'Show a host: its identity, place and condition'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and not __fish_seen_subcommand_from ls show rename label invite admit acknowledge rotate disable enable rm help" -f -a "rename" -d 'Give a host a name, which no other host has'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and not __fish_seen_subcommand_from ls show rename label invite admit acknowledge rotate disable enable rm help" -f -a "label" -d 'Give hosts labels, and take them away'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and not __fish_seen_subcommand_from ls show rename label invite admit acknowledge rotate disable enable rm help" -f -a "invite" -d 'Create an invitation: a code with which hosts enrol'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and not __fish_seen_subcommand_from ls show rename label invite admit acknowledge rotate disable enable rm help" -f -a "admit" -d 'Admit a host that has asked, after comparing its key\'s fingerprint'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and not __fish_seen_subcommand_from ls show rename label invite admit acknowledge rotate disable enable rm help" -f -a "acknowledge" -d 'Clear the note that a host was restored or cloned, until it happens again'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and not __fish_seen_subcommand_from ls show rename label invite admit acknowledge rotate disable enable rm help" -f -a "rotate" -d 'Have a host replace its key with its next ping'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and not __fish_seen_subcommand_from ls show rename label invite admit acknowledge rotate disable enable rm help" -f -a "disable" -d 'Disable a host: control rejects its requests, and its jobs wait'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and not __fish_seen_subcommand_from ls show rename label invite admit acknowledge rotate disable enable rm help" -f -a "enable" -d 'Enable a disabled host'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and not __fish_seen_subcommand_from ls show rename label invite admit acknowledge rotate disable enable rm help" -f -a "rm" -d 'Remove a host: control rejects its requests, and its jobs end'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and not __fish_seen_subcommand_from ls show rename label invite admit acknowledge rotate disable enable rm help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from ls" -s l -l selector -d 'Only hosts with these labels: KEY, !KEY, KEY=VALUE or KEY!=VALUE, with commas between them' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from ls" -l org-group -d 'Only hosts of this group of organisations' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from ls" -l org -d 'Only hosts of this organisation' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from ls" -l area -d 'Only hosts of this area' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from ls" -l location -d 'Only hosts of this location' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from ls" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from ls" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from ls" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from ls" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from ls" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from ls" -l online -d 'Only hosts that are connected'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from ls" -l offline -d 'Only hosts that are not connected'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from ls" -l all -d 'Include removed hosts'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from ls" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from show" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from show" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from show" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from show" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from show" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from show" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rename" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rename" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rename" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rename" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rename" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rename" -l none -d 'Take its name away'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rename" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from label" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from label" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from label" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from label" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from label" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from label" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from label" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from invite" -l uses -d 'How many hosts may use the code' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from invite" -l expires -d 'How long the code is valid' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from invite" -s o -l output -d 'File to write the code to, which only you may read (default: print it)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from invite" -l org-group -d 'Group of organisations' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from invite" -l org -d 'Organisation' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from invite" -l area -d 'Area' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from invite" -l location -d 'Location' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from invite" -l label -d 'Label (may be repeated)' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from invite" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from invite" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from invite" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from invite" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from invite" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from invite" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from invite" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from admit" -l fingerprint -d 'The fingerprint that `pilot status` shows on the host (without it, the command asks you to compare)' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from admit" -l org-group -d 'Group of organisations' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from admit" -l org -d 'Organisation' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from admit" -l area -d 'Area' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from admit" -l location -d 'Location' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from admit" -l label -d 'Label (may be repeated)' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from admit" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from admit" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from admit" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from admit" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from admit" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from admit" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from admit" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from acknowledge" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from acknowledge" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from acknowledge" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from acknowledge" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from acknowledge" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from acknowledge" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from acknowledge" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rotate" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rotate" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rotate" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rotate" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rotate" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rotate" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from disable" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from disable" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from disable" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from disable" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from disable" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from disable" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from disable" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from enable" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from enable" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from enable" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from enable" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from enable" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from enable" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from enable" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rm" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rm" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rm" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rm" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rm" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rm" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List hosts, including those that wait for admission'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a host: its identity, place and condition'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from help" -f -a "rename" -d 'Give a host a name, which no other host has'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from help" -f -a "label" -d 'Give hosts labels, and take them away'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from help" -f -a "invite" -d 'Create an invitation: a code with which hosts enrol'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from help" -f -a "admit" -d 'Admit a host that has asked, after comparing its key\'s fingerprint'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from help" -f -a "acknowledge" -d 'Clear the note that a host was restored or cloned, until it happens again'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from help" -f -a "rotate" -d 'Have a host replace its key with its next ping'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from help" -f -a "disable" -d 'Disable a host: control rejects its requests, and its jobs wait'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from help" -f -a "enable" -d 'Enable a disabled host'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Remove a host: control rejects its requests, and its jobs end'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand host; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and not __fish_seen_subcommand_from put ls show rm help" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and not __fish_seen_subcommand_from put ls show rm help" -f -a "put" -d 'Define a command, from a file of JSON or from options'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and not __fish_seen_subcommand_from put ls show rm help" -f -a "ls" -d 'List commands'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and not __fish_seen_subcommand_from put ls show rm help" -f -a "show" -d 'Show a command; secrets are masked'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and not __fish_seen_subcommand_from put ls show rm help" -f -a "rm" -d 'Remove a command'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and not __fish_seen_subcommand_from put ls show rm help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l key -d 'Name of the command' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l description -d 'What it is for' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l package -d 'domain/group/name:tag' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l function -d 'An exported function of the package' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l var -d 'A variable (may be repeated)' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l secret-file -d 'A secret: the text of a file, without one final newline (may be repeated)' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l registry-user -d 'User name for the package registry, if it is not control\'s own' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l registry-password-file -d 'File with the password for the package registry, in one line' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l timeout -d 'Time limit' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l max-output -d 'How many bytes of output the host keeps' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l limit-memory -d 'Address space of each process' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l limit-file-size -d 'Size of each file that is written' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l limit-descriptors -d 'Open descriptors of each process' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l limit-processes -d 'Processes and threads of the job; on a host without cgroups, of the job\'s Unix user' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l limit-cpu -d 'Processor time of each process' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l detach -d 'Let processes outlive the job'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l keep -d 'Keep the working folder on the host, for debugging there'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from put" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from ls" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from ls" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from ls" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from ls" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from ls" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from ls" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from show" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from show" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from show" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from show" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from show" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from show" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from rm" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from rm" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from rm" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from rm" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from rm" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from rm" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from help" -f -a "put" -d 'Define a command, from a file of JSON or from options'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List commands'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a command; secrets are masked'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Remove a command'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand cmd; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and not __fish_seen_subcommand_from run ls show cancel rm help" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and not __fish_seen_subcommand_from run ls show cancel rm help" -f -a "run" -d 'Run a command on hosts; prints the batch\'s id'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and not __fish_seen_subcommand_from run ls show cancel rm help" -f -a "ls" -d 'List jobs, the newest first'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and not __fish_seen_subcommand_from run ls show cancel rm help" -f -a "show" -d 'Show a job, and its output so far or its result'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and not __fish_seen_subcommand_from run ls show cancel rm help" -f -a "cancel" -d 'Cancel a job: if it waits it never begins, if it runs its host ends it'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and not __fish_seen_subcommand_from run ls show cancel rm help" -f -a "rm" -d 'Remove jobs that have ended: control forgets them and their output'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and not __fish_seen_subcommand_from run ls show cancel rm help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from run" -l cmd -d 'Key of the command' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from run" -l name -d 'Name of the batch (default: the command\'s key)' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from run" -l label -d 'Label of the batch (may be repeated)' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from run" -l idempotency-key -d 'Key of this call: a repeated call with the same key creates no second batch' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from run" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from run" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from run" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from run" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from run" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from run" -l wait -d 'Wait until all jobs have ended, and print their output'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from run" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from ls" -l batch -d 'Only those of this batch' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from ls" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from ls" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from ls" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from ls" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from ls" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from ls" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from show" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from show" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from show" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from show" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from show" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from show" -s f -l follow -d 'Print the output while the job runs; exit with 0 if it succeeds'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from show" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from cancel" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from rm" -l batch -d 'This batch, with all its jobs' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from rm" -l url -d 'Address of the service, https://host:port' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from rm" -l user -d 'User to sign in as' -r
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from rm" -l password-file -d 'File with the user\'s password, in one line (else PILOTCTL_PASSWORD)' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from rm" -l token-file -d 'File with an API token, in one line, in place of user and password' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from rm" -l ca-file -d 'CA of the service (PEM), in place of the system\'s' -r -F
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from rm" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from help" -f -a "run" -d 'Run a command on hosts; prints the batch\'s id'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from help" -f -a "ls" -d 'List jobs, the newest first'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show a job, and its output so far or its result'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from help" -f -a "cancel" -d 'Cancel a job: if it waits it never begins, if it runs its host ends it'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from help" -f -a "rm" -d 'Remove jobs that have ended: control forgets them and their output'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand job; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand version" -l json -d 'Print JSON'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand version" -s h -l help -d 'Print help'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and not __fish_seen_subcommand_from serve backup user token audit package store tls key host cmd job version" -f -a "serve" -d 'Run the service'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and not __fish_seen_subcommand_from serve backup user token audit package store tls key host cmd job version" -f -a "backup" -d 'Copy the service\'s data while it runs, on the machine that has it'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and not __fish_seen_subcommand_from serve backup user token audit package store tls key host cmd job version" -f -a "user" -d 'Manage the users of the service; on the machine that has its data, also without it'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and not __fish_seen_subcommand_from serve backup user token audit package store tls key host cmd job version" -f -a "token" -d 'Make, list and remove API tokens, which programs sign in with'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and not __fish_seen_subcommand_from serve backup user token audit package store tls key host cmd job version" -f -a "audit" -d 'Show and verify who changed what'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and not __fish_seen_subcommand_from serve backup user token audit package store tls key host cmd job version" -f -a "package" -d 'Correct serials of the registry, on the machine that has its data'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and not __fish_seen_subcommand_from serve backup user token audit package store tls key host cmd job version" -f -a "store" -d 'Make or replace the store key, which seals the secrets in the database'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and not __fish_seen_subcommand_from serve backup user token audit package store tls key host cmd job version" -f -a "tls" -d 'Make certificates for the service'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and not __fish_seen_subcommand_from serve backup user token audit package store tls key host cmd job version" -f -a "key" -d 'Make and sign the list of keys that hosts trust'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and not __fish_seen_subcommand_from serve backup user token audit package store tls key host cmd job version" -f -a "host" -d 'List, invite, admit, disable and remove hosts'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and not __fish_seen_subcommand_from serve backup user token audit package store tls key host cmd job version" -f -a "cmd" -d 'Define commands'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and not __fish_seen_subcommand_from serve backup user token audit package store tls key host cmd job version" -f -a "job" -d 'Run commands on hosts'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and not __fish_seen_subcommand_from serve backup user token audit package store tls key host cmd job version" -f -a "version" -d 'Show the version; as JSON also commit and target of the build'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and not __fish_seen_subcommand_from serve backup user token audit package store tls key host cmd job version" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "add" -d 'Add a user; the password comes from a prompt, from a file or from standard input'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "ls" -d 'List users'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "role" -d 'Give a user another role; it holds from the next request on'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "password" -d 'Give a user, or yourself, another password; it comes from a prompt, from a file or from standard input'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from user" -f -a "rm" -d 'Remove a user'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from token" -f -a "add" -d 'Make a token, and show it once'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from token" -f -a "ls" -d 'List your tokens; an admin, those of all users'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from token" -f -a "rm" -d 'Remove a token: the service rejects it from now on'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "ls" -d 'List changes, the newest first: who made them, from where, and on what'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "export" -d 'Print the whole log, the oldest entry first, as a line of JSON for each'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from audit" -f -a "verify" -d 'Verify that no entry was changed, removed or added; exit code 1 if one was'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from package" -f -a "reset-serial" -d 'Lower the highest serial of a tag that a wrong clock has set into the future'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "make-key" -d 'Make a key for a database that does not exist yet, or has none'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "rekey" -d 'Seal everything with a new key; stop the service first'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "status" -d 'Show how large the database is and what is in it; the service may run meanwhile'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from tls" -f -a "init" -d 'Make a CA (ca.pem, ca.key) and a certificate for the service (server.pem, server.key) that it issued'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from tls" -f -a "issue" -d 'Make another certificate for the service (server.pem, server.key), issued by the CA of `tls init`, which hosts trust already'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "list-make" -d 'Make a list, for `key list-sign`'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "list-sign" -d 'Sign a list with the root key'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "list-import" -d 'Give a signed list to a running service, and with it to all hosts'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "ls" -d 'Show the list of a running service, and how many hosts trust it'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from key" -f -a "show" -d 'Show the fingerprints in a list or in files of keys'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from host" -f -a "ls" -d 'List hosts, including those that wait for admission'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from host" -f -a "show" -d 'Show a host: its identity, place and condition'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from host" -f -a "rename" -d 'Give a host a name, which no other host has'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from host" -f -a "label" -d 'Give hosts labels, and take them away'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from host" -f -a "invite" -d 'Create an invitation: a code with which hosts enrol'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from host" -f -a "admit" -d 'Admit a host that has asked, after comparing its key\'s fingerprint'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from host" -f -a "acknowledge" -d 'Clear the note that a host was restored or cloned, until it happens again'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from host" -f -a "rotate" -d 'Have a host replace its key with its next ping'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from host" -f -a "disable" -d 'Disable a host: control rejects its requests, and its jobs wait'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from host" -f -a "enable" -d 'Enable a disabled host'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from host" -f -a "rm" -d 'Remove a host: control rejects its requests, and its jobs end'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from cmd" -f -a "put" -d 'Define a command, from a file of JSON or from options'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from cmd" -f -a "ls" -d 'List commands'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from cmd" -f -a "show" -d 'Show a command; secrets are masked'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from cmd" -f -a "rm" -d 'Remove a command'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from job" -f -a "run" -d 'Run a command on hosts; prints the batch\'s id'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from job" -f -a "ls" -d 'List jobs, the newest first'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from job" -f -a "show" -d 'Show a job, and its output so far or its result'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from job" -f -a "cancel" -d 'Cancel a job: if it waits it never begins, if it runs its host ends it'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand help; and __fish_seen_subcommand_from job" -f -a "rm" -d 'Remove jobs that have ended: control forgets them and their output'
complete -c pilotctl -n "__fish_pilotctl_using_subcommand user; and __fish_seen_subcommand_from role" -f -a "admin operator publisher reader"
