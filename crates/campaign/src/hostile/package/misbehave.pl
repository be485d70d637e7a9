# Does what KIND says, and no more of it than MOST.
use strict;
use warnings;
use POSIX ();

my ($kind, $mark, $most) = @ENV{qw(KIND MARK MOST)};
$0 = "$mark $kind";
$| = 1;

sub ignore_term { $SIG{$_} = 'IGNORE' for qw(TERM HUP INT) }
sub forever { sleep 1000 while 1 }

# For as long as it takes until somebody looks.
sub a_while { select undef, undef, undef, 1.5 }

# Runs something in a child and goes on.
sub child {
    my ($what) = @_;
    my $pid = fork();
    if (defined $pid && $pid == 0) { $what->(); POSIX::_exit(0) }
    return $pid;
}

sub close_all { POSIX::close($_) for 0 .. 255 }

sub parent_of {
    my ($pid) = @_;
    open my $stat, '<', "/proc/$pid/stat" or die;
    return (split ' ', (<$stat> =~ s/.*\)//sr))[1];
}

# The shim leads a session and is the parent of the runner, which leads another.
sub shim {
    my $pid = $$;
    while ($pid > 1) {
        open my $line, '<', "/proc/$pid/cmdline" or die;
        return $pid if <$line> =~ /^pilot\0shim\0/;
        $pid = parent_of($pid);
    }
    die 'there is no shim';
}

my %kinds = (
    'behaves' => sub { print "done\n" },
    'ignores TERM' => sub { ignore_term(); forever() },
    'sleeps silently' => sub { forever() },
    'double-forks' => sub { child(sub { child(sub { ignore_term(); forever() }) }) },
    'begins a session' => sub { child(sub { POSIX::setsid(); ignore_term(); forever() }) },
    'daemonises' => sub {
        child(sub {
            POSIX::setsid();
            child(sub { chdir '/'; ignore_term(); close_all(); forever() });
        });
    },
    'hops from pid to pid' => sub {
        child(sub { ignore_term(); while (1) { my $pid = fork(); POSIX::_exit(0) if $pid } });
    },
    'forks in a storm' => sub {
        ignore_term();
        for (1 .. $most) { child(sub { ignore_term(); forever() }) }
        forever();
    },
    'floods its output' => sub { my $text = 'x' x 65_536; print $text while 1 },
    'holds its output open' => sub { child(sub { POSIX::setsid(); forever() }); print "bye\n" },
    'stops itself' => sub { kill STOP => $$; forever() },
    'stops all of its group' => sub { child(\&forever); kill STOP => 0; forever() },
    'opens thousands of files' => sub {
        my @files;
        while (@files < $most) { open(my $file, '<', '/dev/null') or last; push @files, $file }
        printf "opened %d\n", scalar @files;
        forever();
    },
    'fills its folders' => sub {
        for my $folder ('.', $ENV{TMPDIR}) {
            for (1 .. $most) { open my $file, '>', "$folder/$_" or last; print $file 'x' x 4096 }
            chdir $folder;
            for (1 .. $most / 4) { mkdir 'deep'; chdir 'deep' }
            mkdir 'closed'; chmod 0, 'closed';
        }
        forever();
    },
    'leaves a grandchild that goes on' => sub {
        child(sub { child(sub { while (1) { print "still here\n"; select undef, undef, undef, 0.1 } }) });
    },
    'ends badly and leaves a child' => sub { child(\&forever); a_while(); exit 7 },
    'kills its shim' => sub {
        child(sub { POSIX::setsid(); ignore_term(); forever() });
        a_while();
        kill KILL => shim();
        forever();
    },
    'kills its shim and hides' => sub {
        child(sub {
            POSIX::setsid();
            ignore_term();
            exec { 'env' } 'env', '-i', 'perl', '-e', '$SIG{TERM}="IGNORE"; sleep 1000', "$mark $kind";
        });
        a_while();
        kill KILL => shim();
        forever();
    },
);

($kinds{$kind} or die "there is no $kind")->();
a_while();
