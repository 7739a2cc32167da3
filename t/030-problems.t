# vi:set ft=perl ts=4 sw=4 et:

# What a client can do wrong: the status, the media type, the problem's code
# and the pointer to the member; and that the log has the code alone.

use lib 't/lib';
use Keyauth;
use Test::Nginx::Socket;

repeat_each(2);

plan tests => repeat_each() * (blocks() * 5);

add_block_preprocessor(\&Keyauth::problems);

no_long_string();
run_tests();

__DATA__

=== TEST 1: not JSON
--- body
Model=RF
--- problem: 400 not-json



=== TEST 2: cut short
--- body
{"Model":"RF","HT":{"Mean":48.43,"STD":23.34},"PPT":{"Mean":120.43,
"STD":37.41},"RRT":{"Mean":124.43,"STD":45.34},"RPT":{"Mean":132.56,
"STD":47.12}
--- problem: 400 not-json



=== TEST 3: bytes after the end
--- body
{"Model":"RF","HT":{"Mean":48.43,"STD":23.34},"PPT":{"Mean":120.43,
"STD":37.41},"RRT":{"Mean":124.43,"STD":45.34},"RPT":{"Mean":132.56,
"STD":47.12}}x
--- problem: 400 not-json



=== TEST 4: a number that JSON does not have
--- body
{"Model":"RF","HT":{"Mean":048.43,"STD":1},"PPT":{"Mean":120.43,"STD":37.41},
"RRT":{"Mean":124.43,"STD":45.34},"RPT":{"Mean":132.56,"STD":47.12}}
--- problem: 400 not-json



=== TEST 5: NaN
--- body
{"Model":"RF","HT":{"Mean":NaN,"STD":1},"PPT":{"Mean":120.43,"STD":37.41},
"RRT":{"Mean":124.43,"STD":45.34},"RPT":{"Mean":132.56,"STD":47.12}}
--- problem: 400 not-json



=== TEST 6: deeper than any request is
--- body
[[[[[[[[[]]]]]]]]]
--- problem: 422 too-complex



=== TEST 7: an empty array
--- body
[]
--- problem: 422 batch-size



=== TEST 8: an array of 65
--- body
[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},
{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},
{},{},{},{},{},{},{},{},{},{},{},{},{},{}]
--- problem: 422 batch-size



=== TEST 9: a string
--- body
"RF"
--- problem: 422 wrong-type



=== TEST 10: a number for an object
--- body
{"Model":"RF","HT":5,"PPT":{"Mean":120.43,"STD":37.41},"RRT":{"Mean":124.43,
"STD":45.34},"RPT":{"Mean":132.56,"STD":47.12}}
--- problem: 422 wrong-type /HT



=== TEST 11: a string for a number
--- body
{"Model":"RF","HT":{"Mean":48.43,"STD":23.34},"PPT":{"Mean":"120.43","STD":1},
"RRT":{"Mean":124.43,"STD":45.34},"RPT":{"Mean":132.56,"STD":47.12}}
--- problem: 422 wrong-type /PPT/Mean



=== TEST 12: an unknown member
--- body
{"Model":"RF","HT":{"Mean":48.43,"STD":23.34},"PPT":{"Mean":120.43,
"STD":37.41},"RRT":{"Mean":124.43,"STD":45.34},"RPT":{"Mean":132.56,
"STD":47.12},"Speed":1}
--- problem: 422 unknown-member /Speed



=== TEST 13: upper and lower case differ
--- body
{"Model":"RF","HT":{"mean":1,"STD":1},"PPT":{"Mean":120.43,"STD":37.41},
"RRT":{"Mean":124.43,"STD":45.34},"RPT":{"Mean":132.56,"STD":47.12}}
--- problem: 422 unknown-member /HT/mean



=== TEST 14: a name that a pointer must escape
--- body
{"Model":"RF","HT":{"Mean":48.43,"STD":23.34},"PPT":{"Mean":120.43,
"STD":37.41},"RRT":{"Mean":124.43,"STD":45.34},"RPT":{"Mean":132.56,
"STD":47.12},"a/b~c":1}
--- problem: 422 unknown-member /a~1b~0c



=== TEST 15: a duplicate member
--- body
{"Model":"RF","HT":{"Mean":48.43,"STD":23.34},"PPT":{"Mean":120.43,
"STD":37.41},"RRT":{"Mean":124.43,"STD":45.34},"RPT":{"Mean":132.56,
"STD":47.12},"HT":{"Mean":1,"STD":1}}
--- problem: 422 duplicate-member /HT



=== TEST 16: a duplicate moment
--- body
{"Model":"RF","HT":{"Mean":48.43,"STD":23.34},"PPT":{"Mean":120.43,
"STD":37.41},"RRT":{"Mean":1,"STD":1,"Mean":2},"RPT":{"Mean":132.56,
"STD":47.12}}
--- problem: 422 duplicate-member /RRT/Mean



=== TEST 17: a missing member
--- body
{"Model":"RF","HT":{"Mean":48.43,"STD":23.34},"PPT":{"Mean":120.43,
"STD":37.41},"RRT":{"Mean":124.43,"STD":45.34}}
--- problem: 422 missing-member /RPT



=== TEST 18: a missing moment
--- body
{"Model":"RF","HT":{"Mean":48.43,"STD":23.34},"PPT":{"Mean":120.43,
"STD":37.41},"RRT":{"Mean":124.43,"STD":45.34},"RPT":{"Mean":1}}
--- problem: 422 missing-member /RPT/STD



=== TEST 19: no model
--- body
{"HT":{"Mean":48.43,"STD":23.34},"PPT":{"Mean":120.43,"STD":37.41},
"RRT":{"Mean":124.43,"STD":45.34},"RPT":{"Mean":132.56,"STD":47.12}}
--- problem: 422 missing-member /Model



=== TEST 20: an unknown model
--- body
{"Model":"KNN","HT":{"Mean":48.43,"STD":23.34},"PPT":{"Mean":120.43,
"STD":37.41},"RRT":{"Mean":124.43,"STD":45.34},"RPT":{"Mean":132.56,
"STD":47.12}}
--- problem: 422 unknown-model /Model



=== TEST 21: infinite
--- body
{"Model":"RF","HT":{"Mean":1e999,"STD":1},"PPT":{"Mean":120.43,"STD":37.41},
"RRT":{"Mean":124.43,"STD":45.34},"RPT":{"Mean":132.56,"STD":47.12}}
--- problem: 422 out-of-range /HT/Mean



=== TEST 22: beyond the range
--- body
{"Model":"RF","HT":{"Mean":1000000.1,"STD":1},"PPT":{"Mean":120.43,
"STD":37.41},"RRT":{"Mean":124.43,"STD":45.34},"RPT":{"Mean":132.56,
"STD":47.12}}
--- problem: 422 out-of-range /HT/Mean



=== TEST 23: a negative deviation
--- body
{"Model":"RF","HT":{"Mean":48.43,"STD":23.34},"PPT":{"Mean":120.43,
"STD":37.41},"RRT":{"Mean":124.43,"STD":45.34},"RPT":{"Mean":1,"STD":-0.1}}
--- problem: 422 out-of-range /RPT/STD



=== TEST 24: more candidates than are to be had
--- body
{"Model":"RF","HT":{"Mean":48.43,"STD":23.34},"PPT":{"Mean":120.43,
"STD":37.41},"RRT":{"Mean":124.43,"STD":45.34},"RPT":{"Mean":132.56,
"STD":47.12},"Top":101}
--- problem: 422 out-of-range /Top



=== TEST 25: no features
--- body
{"Model":"RF"}
--- problem: 422 no-form



=== TEST 26: both forms
--- body
{"Model":"RF","HT":{"Mean":48.43,"STD":23.34},"PPT":{"Mean":120.43,
"STD":37.41},"RRT":{"Mean":124.43,"STD":45.34},"RPT":{"Mean":132.56,
"STD":47.12},"Press":[1,2]}
--- problem: 422 both-forms /Press



=== TEST 27: timings of another string
--- body
{"Model":"RF","Press":[1,2],"Release":[3,4]}
--- problem: 422 wrong-length /Press



=== TEST 28: keys pressed out of order
--- body
{"Model":"RF","Press":[0,10,5,30,40,50,60,70,80,90,100,110,120],
"Release":[9,19,29,39,49,59,69,79,89,99,109,119,129]}
--- problem: 422 order /Press/2



=== TEST 29: a key released before it is pressed
--- body
{"Model":"RF","Press":[0,10,20,30,40,50,60,70,80,90,100,110,120],
"Release":[9,19,29,29,49,59,69,79,89,99,109,119,129]}
--- problem: 422 order /Release/3



=== TEST 30: the second request of an array
--- body
[{"Model":"RF","HT":{"Mean":48.43,"STD":23.34},"PPT":{"Mean":120.43,
"STD":37.41},"RRT":{"Mean":124.43,"STD":45.34},"RPT":{"Mean":132.56,
"STD":47.12}},{"Model":"RF","HT":{"Mean":1},"PPT":{"Mean":120.43,"STD":37.41},
"RRT":{"Mean":124.43,"STD":45.34},"RPT":{"Mean":132.56,"STD":47.12}}]
--- problem: 422 missing-member /1/HT/STD
