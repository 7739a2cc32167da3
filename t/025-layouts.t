#!/usr/bin/perl

# Layouts: files as benchmarks, loggers and browsers have them, what `keyauth
# convert` makes of them, and what is refused, where, and with which advice.
# All examples are made up.

use strict;
use warnings;

use lib 't/lib';
use KeyauthCommand qw($dir slurp);

use Test::More;


# (exit code, stdout, stderr without the folder's name)
sub run {
    my ($rc, $out, $err) = KeyauthCommand::run(@_);

    $err =~ s/\Q$dir\E\///g;

    return ($rc, $out, $err);
}


sub spit {
    my ($name, $text) = @_;

    KeyauthCommand::spit("$dir/$name", $text);

    return;
}


# what is said of a bad row
my $skip = ' (--skip-bad leaves such rows out)';


# what a file becomes, and what is said of it
sub becomes {
    my ($text, $options, $rows, $says, $name) = @_;

    spit('log', $text);
    my ($rc, $out, $err) = run("convert --data $dir/log $options");
    $out =~ s/\A(.*)\n//;
    is($out, $rows, $name);
    is($err, join('', map { "keyauth: log: $_\n" } @$says), '... as is said');

    return;
}


sub refused {
    my ($text, $options, $reason, $name) = @_;

    spit('log', $text);
    my ($rc, $out, $err) = run("convert --data $dir/log $options");
    is("$rc $out$err", "1 keyauth: log: $reason\n", $name);

    return;
}


# CMU's: seconds, Hold and Down-Down

my $cmu = join(',', qw/subject sessionIndex rep H.period DD.period.t UD.period.t
                       H.t DD.t.Shift.r UD.t.Shift.r H.Shift.r/) . "\n"
          . <<'EOT';
s002,1,1,0.1491,0.3979,0.2488,0.1069,0.1674,0.0605,0.1169
s002,10,1,0.1111,0.3451,0.2340,0.0694,0.1283,0.0589,0.0908
EOT

becomes($cmu, '', <<'EOT', ["read as CMU's layout, in s: 2 rows of 3 keys"],
s002,1,0,149.1,397.9,504.8,565.3,682.2
s002,10,0,111.1,345.1,414.5,473.4,564.2
EOT
        "CMU's layout");
becomes($cmu =~ s/,/;/gr =~ s/\./,/gr =~ s/(H|DD|UD|period|t|Shift),/$1./gr,
        '', <<'EOT', ["read as CMU's layout, in s: 2 rows of 3 keys"],
s002,1,0,149.1,397.9,504.8,565.3,682.2
s002,10,0,111.1,345.1,414.5,473.4,564.2
EOT
        '... between semicolons, with decimal commas');
becomes($cmu =~ s/^subject/subject_id/r =~ s/sessionIndex/session_index/r
        =~ s/\b(H|DD|UD)\./\L$1_/gr =~ s/_(?:period|t)\K\./_/gr, '', <<'EOT',
s002,1,0,149.1,397.9,504.8,565.3,682.2
s002,10,0,111.1,345.1,414.5,473.4,564.2
EOT
        ["read as CMU's layout, in s: 2 rows of 3 keys"],
        '... with its columns renamed');
refused($cmu =~ s/DD\.t\.Shift\.r/DD.t.r/r, '', 'line 1: missing column '
        . '"DD.t.Shift.r"; the nearest is CMU\'s layout, which has subject, '
        . 'sessionIndex, rep, H.a, DD.a.b, UD.a.b, H.b, ...',
        'a column of a benchmark that is missing');
refused($cmu =~ s/0\.3451/-0.3451/r, '', 'line 3, column 5 (DD.period.t): key '
        . 'order broken: before press-0'
        . $skip, 'a key before its predecessor');
refused($cmu =~ s/0\.0694/x/r, '', 'line 3, column 7 (H.t): not a number: "x"'
        . $skip,
        'a time that is none');
refused($cmu =~ s/0\.(\d\d\d\d)/$1/gr, '', 'line 2, column 4 (H.period): '
        . 'more than 1000000 ms from press-0 (--unit if the times are in '
        . 'another unit)', 'milliseconds where seconds '
        . 'are');
becomes($cmu =~ s/0\.(\d\d\d)(\d)/$1.$2/gr, '--unit ms', <<'EOT',
s002,1,0,149.1,397.9,504.8,565.3,682.2
s002,10,0,111.1,345.1,414.5,473.4,564.2
EOT
        ["read as CMU's layout, in ms: 2 rows of 3 keys"], '... with --unit');



# a string that has the same two keys again: each place has its own time

my $twice = "subject,rep,H.a,DD.a.b,UD.a.b,H.b,DD.b.a,UD.b.a,H.a,DD.a.b,"
            . "UD.a.b,H.b\nzoe,1,.1,.2,.1,.09,.3,.21,.11,.5,.39,.08\n";

for (['', 'the same two keys again'], ['.1', '... as pandas calls them']) {
    my ($again, $name) = @$_;

    becomes($twice =~ s/H\.a,DD\.a\.b,\KUD\.a\.b,H\.b$/UD.a.b$again,H.b$again/mr
            =~ s/UD\.b\.a,\KH\.a,DD\.a\.b/H.a$again,DD.a.b$again/r, '',
            "zoe,0,100,200,290,500,610,1000,1080\n",
            ["read as CMU's layout, in s: 1 rows of 4 keys"], $name);
}


# CMU's file of text has blanks between columns

spit('log', $cmu =~ s/\.Shift//gr =~ s/,/   /gr);
is((run("convert --data $dir/log"))[0], 1, 'columns with blanks between');
system "tr -s ' ' , <$dir/log >$dir/commas";
is((run("convert --data $dir/commas"))[1] =~ s/.*\n//r, <<'EOT',
s002,1,0,149.1,397.9,504.8,565.3,682.2
s002,10,0,111.1,345.1,414.5,473.4,564.2
EOT
   '... and with commas, as the message advises');


# KeyRecs': DU of one key is how long it is held

becomes(join(',', 'participant,session,repetition',
             map { my ($a, $b) = @$_;
                   ("DU.$a.$a", $b ? ("DD.$a.$b", "DU.$a.$b", "UD.$a.$b",
                                      "UU.$a.$b") : ()) }
                 ['v', 'p'], ['p', 'v'], ['v']) . ",\n"
        . "p001,1,1,0.1,0.25,0.34,0.15,0.24,0.09,0.2,0.28,0.11,0.19,0.08,\n",
        '', "p001,1,0,100,250,340,450,530\n",
        ["read as CMU's layout, in s: 1 rows of 3 keys"], q{KeyRecs' layout});

# MEU-Mobile's: no header

becomes("7,90,100,95,300,310,210,210\n8,91,101,96,301,311,210,210\n", '',
        <<'EOT', ["read as MEU-Mobile's layout, in ms: 2 rows of 3 keys"],
7,0,90,300,400,610,705
8,0,91,301,402,612,708
EOT
        'MEU-Mobile\'s layout, the user first');
becomes("90,100,95,80,300,310,200,210,210,105,0.5,0.4,0.6,0.7,7\n"
        . "91,101,96,81,301,311,201,210,210,105,0.5,0.4,0.6,0.7,zoe\n", '',
        <<'EOT', ["read as MEU-Mobile's layout, in ms: 2 rows of 4 keys"],
7,0,90,300,400,610,705,810,890
zoe,0,91,301,402,612,708,813,894
EOT
        '... the user last, and pressures before');
becomes("Subject,Hold .,Hold Shift,Hold Shift.1,DD ..Shift,DD Shift.Shift,"
        . "UD ..Shift,UD Shift.Shift,Pressure .,Size .,AvH\n"
        . "zoe,90,100,95,300,310,210,210,0.5,0.1,95\n", '',
        "zoe,0,90,300,400,610,705\n", ["read as CMU's layout, in ms, which is "
        . 'guessed (--unit names it): 1 rows of 3 keys'], '... with a header');
refused("7,90,100,95,300,310,210,210\n8,91,101\n", '',
        'line 2: 3 fields, and the first row has 8'
        . $skip, '... and a short row');
refused("7,90,100,95,300,310,250,210\n", '--layout meu', 'line 1: 8 fields, '
        . 'and no number of keys for which they are a user, Hold, DD and UD: '
        . "UD is not DD less Hold; MEU-Mobile's layout has no header, and a "
        . 'user and 3n - 2 times of n keys: Hold, DD, UD',
        '... and one that does not add up');


for (['0,7,90,100,95,300,310,210,210', '... and numbers of rows before'],
     ['7,.09,.1,.095,.3,.31,.21,.21', '... and seconds'],
     ['0,1,2,3,4,5,6,7', "... and pandas' names of columns without"])
{
    my ($line, $name) = @$_;

    refused("$line\n", '', 'line 1: numbers, and no names of columns, nor '
            . "MEU-Mobile's layout, which has none: a header is to be user, "
            . 'press-0, release-0, press-1, ..., session where there are such',
            $name);
}


# logs of keys

my $log = <<'EOT';
user,session,rep,key,press,release
zoe,1,1,Shift,900,1250
zoe,1,1,T,1000,1090
zoe,1,1,e,1300,1400
zoe,1,1,h,1150,1240
zoe,1,2,t,5000,5080
zoe,1,2,h,5100,5190
zoe,1,2,e,5210,5300
bob,2,1,t,0,90
bob,2,1,h,100,140
bob,2,1,h,110,190
bob,2,1,e,200,290
EOT

becomes($log, '', <<'EOT', ['the string is "the", as 3 of 3 repetitions have '
zoe,1,0,90,150,240,300,400
zoe,1,0,80,100,190,210,300
bob,2,0,90,100,190,200,290
EOT
        . 'it (--string names another)', 'read as a log of keys, in ms, which '
        . 'is guessed (--unit names it): 3 rows of 3 keys'],
        'a log of keys: order, Shift and repetition');

for ([s => 0.001], [us => 1000], [ns => 1_000_000]) {
    my ($unit, $factor) = @$_;
    my $scaled = $log =~ s{(\d+),(\d+)$}{sprintf '%.10g,%.10g', $1 * $factor,
                                                 $2 * $factor}gemr;

    becomes($scaled, '--string the', <<'EOT', ['read as a log of keys, in '
zoe,1,0,90,150,240,300,400
zoe,1,0,80,100,190,210,300
bob,2,0,90,100,190,200,290
EOT
            . "$unit, which is guessed (--unit names it): 3 rows of 3 keys"],
            "... in $unit");
}

becomes($log . "bob,2,2,t,1000,1100\nbob,2,2,Backspace,1150,1200\nbob,2,2,t,"
        . "1300,1400\nbob,2,2,h,1450,1500\nbob,2,3,t,1,90\nbob,2,3,q,100,190\n"
        . "bob,2,3,e,200,290\n", '--string THE --unit ms', <<'EOT', ['line 13'
zoe,1,0,90,150,240,300,400
zoe,1,0,80,100,190,210,300
bob,2,0,90,100,190,200,290
EOT
        . ': the string is not there, user "bob", session "2", repetition "2"',
        'line 17: the string is not there, user "bob", session "2", '
        . 'repetition "3"', '2 of 5 repetitions do not have the string "the", '
        . 'and are left out', 'read as a log of keys, in ms: 3 rows of 3 '
        . 'keys'], '... and repetitions without the string are named');
becomes($log, '--string th', <<'EOT', ['read as a log of keys, in ms, which '
zoe,1,0,90,150,240
zoe,1,0,80,100,190
bob,2,0,90,100,190
EOT
        . 'is guessed (--unit names it): 3 rows of 2 keys'],
        '... a part of what was typed');
refused($log, '--string them', 'line 2: none of 3 repetitions has the string '
        . '"them": --string names what is to be read',
        '... and what nobody typed');
refused($log =~ s/zoe,1,2,t/zoe,1,2,x/r =~ s/bob,2,1,t/bob,2,1,y/r, '',
        'line 2: 1 of 3 repetitions have the same 3 keys, "the": --string '
        . 'names those that are to be read',
        '... and keys that differ, without --string');
refused($log =~ s/1150,1240/1150,1140/r, '', 'line 5, column 6 (release): '
        . 'release before press' . $skip, '... and a line that is wrong');
becomes($log =~ s/1150,1240/1150,1140/r, '--skip-bad --string the --unit ms',
        <<'EOT', ['line 2: the string is not there, user "zoe", session "1", '
zoe,1,0,80,100,190,210,300
bob,2,0,90,100,190,200,290
EOT
        . 'repetition "1"', '1 of 3 repetitions do not have the string "the", '
        . 'and are left out', 'read as a log of keys, in ms: 2 rows of 3 keys',
        '1 bad rows are left out, and 2 are read',
        'line 5, column 6 (release): release before press'],
        '... which --skip-bad leaves out');


# names of columns, with units or without

for (['userid,session_id,attempt,key,press_time,release_time', 'ms, which is '
      . 'guessed (--unit names it)'],
     ['UserID,Session Number,Trial ID,Key Pressed,Press Time (ms),'
      . 'Release Time [ms]', 'ms'],
     ['uid,session,sample_nr,letter,press_us,release_us', 'us'],
     ['subject,session,rep,key,t_press,t_release', 'ms, which is guessed '
      . '(--unit names it)'])
{
    my ($names, $unit) = @$_;
    my $named = $log =~ s/\A.*/$names/r;

    $named =~ s/(\d+),(\d+)$/${1}000,${2}000/gm if $unit eq 'us';
    becomes($named, '--string the', <<'EOT', ["read as a log of keys, in $unit"
zoe,1,0,90,150,240,300,400
zoe,1,0,80,100,190,210,300
bob,2,0,90,100,190,200,290
EOT
            . ': 3 rows of 3 keys'], "... with the columns $names");
}

refused($log =~ s/press,release/press_ms,release_us/r, '', 'line 1, column 6: '
        . 'another unit than the other time\'s, ms; the nearest is a log of '
        . 'keys, which has user, session or repetition, key, press, release',
        '... and two units');
refused($log =~ s/^(\w+),\w+,\w+/$1/gmr, '', 'line 1: missing column "session" '
        . 'or "repetition" (--string finds repetitions without); the nearest '
        . 'is a log of keys, which has user, session or repetition, key, '
        . 'press, release', '... and without repetitions');
becomes($log =~ s/session/label/r, '--ignore label,rep --string th',
        <<'EOT', ['read as a log of keys, in ms, which is guessed (--unit '
zoe,0,90,150,240
zoe,0,80,100,190
bob,0,90,100,190
EOT
        . 'names it): 3 rows of 2 keys'], '... and a known column that '
        . '--ignore names');

refused($log =~ s/zoe,1,2,h/zoe,1,,h/r, '--string the', 'line 7, column 3 '
        . '(rep): empty' . $skip, '... and a line without its repetition');

# what is left out of a log is missing where it was

for (["zoe,1,1,x,1200,\n", 'line 2: the string is not there, user "zoe", '
      . 'session "1", repetition "1"', 'line 13, column 6 (release): empty'],
     ["zoe,1,1,x,,1210\n", 'line 2: the string is not there, user "zoe", '
      . 'session "1", repetition "1"', 'line 13, column 5 (press): empty'])
{
    my ($line, @says) = @$_;

    becomes("$log$line", '--skip-bad --string the --unit ms', <<'EOT', [
zoe,1,0,80,100,190,210,300
bob,2,0,90,100,190,200,290
EOT
            $says[0], '1 of 3 repetitions do not have the string "the", and '
            . 'are left out', 'read as a log of keys, in ms: 2 rows of 3 keys',
            '1 bad rows are left out, and 2 are read', $says[1]],
            '... and a bad line between the keys of a string');
}

becomes("${log}zoe,1,1,Shift,1200,\n", '--skip-bad --string the --unit ms',
        <<'EOT', ['read as a log of keys, in ms: 3 rows of 3 keys',
zoe,1,0,90,150,240,300,400
zoe,1,0,80,100,190,210,300
bob,2,0,90,100,190,200,290
EOT
        '1 bad rows are left out, and 3 are read',
        'line 13, column 6 (release): empty'], '... but for a modifier');


# as Aalto has it: tabs, quotes that are keys, milliseconds since 1970

my @keys = (SHIFT => 16, t => 84, h => 72, '"' => 222, ' ' => 32, Enter => 13);
my $aalto = join("\t", qw/PARTICIPANT_ID TEST_SECTION_ID SENTENCE USER_INPUT
                          KEYSTROKE_ID PRESS_TIME RELEASE_TIME LETTER KEYCODE/)
            . "\n";

for my $section (100, 101) {
    for my $i (0 .. 5) {
        my $t = 1_473_284_537_607 + 120 * $i + 10_000 * $section;
        $aalto .= join("\t", 3, $section, 'Th" ', 'Th" ', $i, $t,
                       $t + 80 + $i, @keys[2 * $i, 2 * $i + 1]) . "\n";
    }
}

my $aaltos = "3,100,0,81,120,202,240,323,360,444,480,565\n"
             . "3,101,0,81,120,202,240,323,360,444,480,565\n";

becomes($aalto, q{--string 'Th" \n'}, $aaltos, ['read as a log of keys, in ms,'
        . ' which is guessed (--unit names it): 2 rows of 5 keys'],
        'a log between tabs, of epoch milliseconds');
becomes($aalto =~ s/LETTER/comment/r, q{--string "th' \n" --ignore comment},
        $aaltos, ['read as a log of keys, in ms, which is guessed (--unit '
        . 'names it): 2 rows of 5 keys'], '... with codes of keys alone');


# keydown and keyup, as browsers' loggers write them

my $events = <<'EOT';
participant,trial,type,key,timestamp
1,1,keydown,Shift,10.5
1,1,keydown,T,20.5
1,1,keyup,T,120.5
1,1,keydown,h,160.5
1,1,keydown,h,660.5
1,1,keyup,Shift,130.5
1,1,keyup,h,700.5
1,2,keydown,t,2000
1,2,keypress,t,2001
1,2,keyup,q,2050
1,2,keydown,h,2080
1,2,keyup,t,2090
1,2,keyup,h,2150
1,3,keydown,t,3000
1,3,keydown,h,3080
1,3,keyup,h,3150
EOT

becomes($events, '--string th --unit ms', <<'EOT', ['1 keys come up that were '
1,0,100,140,680
1,0,90,80,150
EOT
        . 'not down, and are left out', 'line 15: the string is not there, '
        . 'user "1", repetition "3"', '1 of 3 repetitions do not have the '
        . 'string "th", and are left out', 'read as a stream of events, in ms'
        . ': 2 rows of 2 keys'],
        'a stream of events: order, repetition, Shift, lost and lone ones');
for ([qw/press release/], [qw/KeyPress KeyRelease/], [qw/Pressed Released/],
     [qw/key-down key-up/])
{
    my ($down, $up) = @$_;

    becomes($events =~ s/^.*keypress.*\n//mr =~ s/keydown/$down/gr
            =~ s/keyup/$up/gr =~ s/^1,2,$up,q.*\n//mr =~ s/^1,3.*\n//gmr,
            '--unit ms', <<'EOT', ['the string is "th", as 2 of 2 repetitions '
1,0,100,140,680
1,0,90,80,150
EOT
            . 'have it (--string names another)', 'read as a stream of events,'
            . ' in ms: 2 rows of 2 keys'], "... of $down and $up");
}

becomes(<<'EOT', '', <<'EOR', ['the string is "th", as 1 of 1 repetitions have '
user,session,type,code,timestamp (s),isTrusted,ctrlKey,location
zoe,1,keydown,KeyT,0.5,true,false,0
zoe,1,keyup,KeyT,0.6,true,false,0
zoe,1,keydown,KeyH,0.7,true,false,0
zoe,1,keyup,KeyH,0.79,true,false,0
EOT
zoe,1,0,100,200,290
EOR
        . 'it (--string names another)', 'read as a stream of events, in s: '
        . '1 rows of 2 keys'], '... of an event\'s members, without its key');
refused($events =~ s/1,2,keyup,t/,2,keyup,t/r, '', 'line 13, column 1 '
        . '(participant): empty' . $skip, '... and a line without its user');
refused($events =~ s/1,2,keyup,t/1,2,click,t/r, '', 'line 13, column 3 (type):'
        . ' neither keydown nor keyup: "click"'
        . $skip, '... and another event');
refused("user,rep,type,key,time\na,1,keyup,x,1\n", '',
        'line 3: no rows after the header', '... and keys that only come up');
refused($events =~ s/participant,trial/page,trial/r, '', 'line 1, column 1: '
        . 'unknown column "page" (--ignore leaves it out); the nearest is '
        . 'a stream of events, which has user, session or repetition, type '
        . '(keydown or keyup), key, time', '... without a user');
becomes($events =~ s/participant,trial/page,trial/r, '--string th --unit ms '
        . '--ignore page --user zoe', <<'EOT', ['1 keys come up that were not '
zoe,0,100,140,680
zoe,0,90,80,150
EOT
        . 'down, and are left out', 'line 15: the string is not there, user '
        . '"zoe", repetition "3"', '1 of 3 repetitions do not have the string '
        . '"th", and are left out', 'read as a stream of events, in ms: 2 rows '
        . 'of 2 keys'], '... whose user --user names');


# a key that types "@" goes up as "2" where Shift has gone up before

my $shifted = <<'EOT';
user,rep,type,key,code,timestamp
zoe,1,keydown,a,KeyA,0
zoe,1,keyup,a,KeyA,90
zoe,1,keydown,Shift,ShiftLeft,100
zoe,1,keydown,@,Digit2,150
zoe,1,keyup,Shift,ShiftLeft,180
zoe,1,keyup,2,Digit2,240
EOT

for ([$shifted, 'code'], [$shifted =~ s/code/keyCode/r =~ s/KeyA/65/gr
                          =~ s/Digit2/50/gr =~ s/ShiftLeft/16/gr, 'keyCode'])
{
    my ($text, $name) = @$_;

    becomes($text, '--unit ms', "zoe,0,90,150,240\n", ['the string is "a@", as '
            . '1 of 1 repetitions have it (--string names another)', 'read as '
            . 'a stream of events, in ms: 1 rows of 2 keys'],
            "... which $name shows to be one key");
}

becomes($shifted =~ s/,code/,keyCode/r =~ s/KeyA|Digit2|ShiftLeft/229/gr
        =~ s/,2,/,@,/r =~ s/90$/170/mr, '--unit ms', "zoe,0,170,150,240\n",
        ['the string is "a@", as 1 of 1 repetitions have it (--string names '
         . 'another)', 'read as a stream of events, in ms: 1 rows of 2 keys'],
        '... and 229, which phones have for all keys');
refused($shifted, '--ignore code', 'line 2: each of 1 repetitions has a key '
        . 'that never comes up, or a bad line', '... which is lost without');
spit('first.csv', $log);
spit('second.csv', $log =~ s/,e,/,i,/gr);
is((run("convert --data $dir/first.csv --data $dir/second.csv"))[2],
   'keyauth: second.csv: line 1: the string is "thi", and that of first.csv '
   . "is \"the\": --string names the one to be read\n",
   'files of different strings');


# what fits nothing

refused("name,colour\nx,red\n", '', 'line 1, column 1: unknown column "name", '
        . 'and 1 more (--ignore name,colour leaves them out); no layout fits, '
        . "and keyauth's own has "
        . 'user, press-0, release-0, press-1, ..., session where there are '
        . 'such', 'a header that fits nothing');
refused("UserID,Text,gender,A->a,A->B,B->b\n1,ab,M,90,200,95\n", '', 'line 1, '
        . 'column 1: unknown column "UserID", and 5 more (--ignore UserID,Text,'
        . q{gender,'A->a','A->B','B->b' leaves them out); no }
        . "layout fits, and keyauth's own has user, press-0, release-0, "
        . 'press-1, ..., session where there are such; the nearest is a log '
        . 'of keys, which has user, session or repetition, key, press, '
        . 'release', '... or hardly anything');

# a shell takes what --ignore is said to take

my $ugly = join ',', 'user', qw/press-0 release-0 press-1 release-1/, 'a b',
                     "it's", '"x,y"', '$(id)', 'plain';
my $words = q{'a b','it'\\''s' --ignore x,y --ignore '$(id)',plain};

spit('log', "$ugly\nzoe,0,90,150,240,1,2,3,4,5\n");
like((run("convert --data $dir/log"))[2], qr/ \(--ignore \Q$words\E leaves /,
     'names of columns are quoted for a shell');
is((run("convert --data $dir/log --ignore $words"))[1] =~ s/.*\n//r,
   "zoe,0,90,150,240\n", '... which hands them over');

for ("H KeyDown 63578429792961\nH KeyUp 63578429793054\n",
     "user|press-0|release-0|press-1|release-1\n")
{
    my ($first) = split /\n/;

    refused($_, '', "line 1: one column, \"$first\": commas, semicolons or "
            . 'tabs separate columns'
            . (/ / ? q{ (tr -s ' ' , makes commas of blanks)} : ''),
            '... or has other separators');
}


# what is no table of text

for (["PK\x03\x04", 'it is a workbook of a spreadsheet, or another archive: '
      . 'save a sheet as CSV'],
     ["\xd0\xcf\x11\xe0", "it is a workbook of Excel's: save a sheet as CSV"],
     ["\x1f\x8b\x08", 'it is compressed: decompress it with gunzip'],
     ["\xff\xfeu\0s\0", 'it is UTF-16: save it as UTF-8'],
     ["\xfe\xff\0u\0s", 'it is UTF-16: save it as UTF-8'],
     ["SQLite format 3\0", "it is a database of SQLite's: export a table as "
      . 'CSV'],
     ["[{\"user\":1}]\n", 'it is JSON: save it as CSV'],
     ["\xef\xbb\xbf{\"user\":1}\n", 'it is JSON: save it as CSV'],
     ["<?xml version=\"1.0\"?>\n", 'it is XML or HTML: save it as CSV'],
     ["\@relation keys\n", "it is ARFF, of Weka's: save it as CSV"])
{
    my ($text, $says) = @$_;

    refused($text, '', "line 1: $says", "a file: $says");
}


# what programs write around a table

my $plain = <<'EOT';
user,press-0,release-0,press-1,release-1
zoe,0,90,150,240.5
bob,0,80,100,190
EOT
my $rows = $plain =~ s/\A.*\n//r;

for ([$plain =~ s/$/,/gmr =~ s/,\z//r, 'separators at the ends of all lines'],
     [$plain =~ s/(\d)$/$1,,/gmr =~ s/\A(.*?),,/$1/r,
      '... of all but the header'],
     [$plain =~ s/\A(.*)/$1;;/r =~ s/,/;/gr =~ s/\./,/gr,
      '... of the header alone'],
     [$plain =~ s/\A/"",/r =~ s/^(zoe|bob)/"1",$1/gmr, "R's numbers of rows"],
     [$plain =~ s/\A/Unnamed: 0,/r =~ s/^(zoe|bob)/1,$1/gmr, "pandas'"],
     ["sep=;\r\n" . ($plain =~ s/,/;/gr =~ s/\./,/gr), "Excel's first line"],
     [$plain =~ s/^bob/,,,,\n\nbob/mr, 'lines without anything'],
     [$plain =~ s/\A(.*)/\U$1/r =~ s/(\w)-(\d)/$1_$2/gr =~ s/PRESS_0/Press 0/r,
      'names of columns in capitals, and with other signs'])
{
    my ($text, $name) = @$_;

    becomes($text, '', $rows, [], $name);
}

spit('log', $plain =~ s/\d+\.?\d*(?=[,\n])/1.58E+12/gr =~ s/\A.*/
             (split m{\n}, $plain)[0]/er);
is((run("convert --data $dir/log"))[2], 'keyauth: log: half of the keys are '
   . 'pressed and released at one time, and at that of the key before: the '
   . "times have lost digits, as 1.58E+12 of a spreadsheet has\n",
   'times that a spreadsheet rounded');
refused($plain =~ s/240\.5/"240,5"/r, '', 'line 2, column 5 (release-1): not '
        . 'a number: "240,5" (decimal commas need semicolons between fields)',
        'decimal commas between commas');
refused($plain =~ s/240\.5/24\t0/r, '', 'line 2, column 5 (release-1): not a '
        . 'number: "24\t0"' . $skip, 'a tab, which is shown as such');
refused($plain =~ s/user/user,session/r =~ s/zoe/zoe,/r =~ s/bob/bob,1/r, '',
        'line 2, column 2 (session): empty'
        . $skip, 'a row without its session');
refused($plain =~ s/90$/90,7/mr =~ s/240\.5/240.5,7/r, '', 'line 2: 6 fields, '
        . 'and the header has 5' . $skip, '... but no more than that');
refused("name,colour\nx,red\n", '--layout cmu', 'line 1, column 1: unknown '
        . 'column "name", and 1 more (--ignore name,colour leaves them out); '
        . "CMU's layout has subject, "
        . 'sessionIndex, rep, H.a, DD.a.b, UD.a.b, H.b, ...',
        '... or not the layout that is named');
is((run("convert --data $dir/log --layout csv"))[2], 'keyauth: convert: '
   . '--layout: only keyauth, cmu, keylog, events and meu are supported (see '
   . "keyauth convert --help)\n", 'a layout that there is not');


# all commands read all layouts, and what convert writes reads back

my (undef, $own) = run('synth --users 8 --repetitions 4 --keys 4');
my ($header, @rows) = split /\n/, $own;

spit('own.csv', $own);
spit('other.csv', join('', "subject,H.a,DD.a.b,H.b,DD.b.a,H.a,DD.a.c,H.c\n"
     =~ s/H\.a,DD\.a\.c/H.d,DD.d.c/r =~ s/DD\.b\.a/DD.b.d/r,
     map { my ($user, @t) = split /,/;
           join(',', $user, map { sprintf '%.10g', $_ / 1000 }
                $t[1], $t[2], $t[3] - $t[2], $t[4] - $t[2], $t[5] - $t[4],
                $t[6] - $t[4], $t[7] - $t[6]) . "\n" } @rows));

run("convert --data $dir/other.csv --out $dir/back.csv");
is((run("features --data $dir/back.csv"))[1],
   (run("features --data $dir/own.csv"))[1], 'convert --out');
is((run("convert --data $dir/back.csv"))[1], slurp("$dir/back.csv"),
   '... which converts into itself');
is((run("features --data $dir/other.csv"))[1],
   (run("features --data $dir/own.csv"))[1], 'features');

for my $data (qw/own other/) {
    run("train --data $dir/$data.csv --out $dir/$data --quiet "
        . '--models RF,FUSION');
}

ok(slurp("$dir/own/rf.json") eq slurp("$dir/other/rf.json"), 'train');
is((run("predict --model $dir/own/keyauth.model --csv $dir/other.csv"))[1],
   (run("predict --model $dir/own/keyauth.model --csv $dir/own.csv"))[1],
   'predict --csv');
is((run("evaluate --data $dir/other.csv --with RF --quiet"))[1],
   (run("evaluate --data $dir/own.csv --with RF --quiet"))[1], 'evaluate');

done_testing();
