use super::assert_traces;

#[test]
fn v8_traces_are_read_with_their_name_message_and_places() {
    let text = "TypeError: Required member is undefined.\n at HTMLButtonElement.<anonymous> (https://<DOMAIN>/u/passkey-enrollment?state=hKFo...5pag:514:6352)";
    assert_traces(
        text,
        &[
            "javascript TypeError: Required member is undefined. | HTMLButtonElement.<anonymous> https://<DOMAIN>/u/passkey-enrollment?state=hKFo...5pag:514",
        ],
    );
    let text = "\
/app/src/cart.js:3
  throw new RangeError(\"bad\");
  ^

RangeError [ERR_OUT_OF_RANGE]: The value is out of range.
Received 12
    at new Cart (/app/src/cart.js:3:9)
    at async Object.load [as run] (file:///app/src/shop.mjs:10:12)
    at async Promise.all (index 0)
    at Array.map (<anonymous>)
    at eval (eval at compile (/app/t.js:1:2), <anonymous>:7:8)
    at node:internal/main/run_main_module:23:47
    at C:\\Program Files\\app\\main.js:9:1

Node.js v20.1.0";
    assert_traces(
        text,
        &[
            "javascript RangeError: The value is out of range.\nReceived 12 | Cart /app/src/cart.js:3 | Object.load file:///app/src/shop.mjs:10 | Promise.all -:- | Array.map -:- | eval <anonymous>:7 | - node:internal/main/run_main_module:23 | - C:\\Program Files\\app\\main.js:9",
        ],
    );
}

#[test]
fn causes_follow_the_error_they_caused() {
    let text = "\
Error: could not load
    at load (/app/a.js:1:2)
    at run (/app/a.js:3:4) {
  code: 'E_LOAD',
  [cause]: SyntaxError: Unexpected token
      at JSON.parse (<anonymous>)
      at read (/app/b.js:5:6)
}
Caused by: TypeError: x
    at third (/app/c.js:1:1)";
    assert_traces(
        text,
        &[
            "javascript Error: could not load | load /app/a.js:1 | run /app/a.js:3",
            "<- javascript SyntaxError: Unexpected token | JSON.parse -:- | read /app/b.js:5",
            "<- javascript TypeError: x | third /app/c.js:1",
        ],
    );
}

#[test]
fn a_trace_in_one_line_is_read() {
    assert_traces("Error: x at f (file:1:2) at g (file:3:4)", &["javascript Error: x | f file:1 | g file:3"]);
    assert_traces(
        "10:00:01 ERROR Uncaught (in promise) NotAllowedError: The operation is not allowed. at https://a.example/x.js:3:4 at async g (https://a.example/y.js:5:6) Error: b at h (https://a.example/z.js:7:8)",
        &[
            "javascript NotAllowedError: The operation is not allowed. | - https://a.example/x.js:3 | g https://a.example/y.js:5",
            "javascript Error: b | h https://a.example/z.js:7",
        ],
    );
}

#[test]
fn a_trace_behind_log_prefixes_is_read() {
    let text = "\
web_1  | 2026-11-02T10:00:00Z ERROR (node:12) UnhandledPromiseRejectionWarning: MyProblem: no answer
web_1  |     at Client.send (/srv/client.js:1:2)
web_1  |     at /srv/main.js:3:4
web_1  | 2026-11-02T10:00:01Z INFO ready at http://localhost:3000";
    assert_traces(
        text,
        &[
            "javascript UnhandledPromiseRejectionWarning: MyProblem: no answer | Client.send /srv/client.js:1 | - /srv/main.js:3",
        ],
    );
    let text = "\
(node:12) UnhandledPromiseRejectionWarning: TypeError: no answer
    at Client.send (/srv/client.js:1:2)";
    assert_traces(text, &["javascript TypeError: no answer | Client.send /srv/client.js:1"]);
}

#[test]
fn spidermonkey_and_javascriptcore_traces_are_read() {
    let text = "\
TypeError: can't access property \"id\", user is undefined
show/<@https://shop.example/app.js?v=3:10:20
async*load@https://cdn.example/react@18.2.0/index.js:3:4
@debugger eval code:1:1
set value@resource://gre/x.js:2:3
next line";
    assert_traces(
        text,
        &[
            "javascript TypeError: can't access property \"id\", user is undefined | show https://shop.example/app.js?v=3:10 | async*load https://cdn.example/react@18.2.0/index.js:3 | - debugger eval code:1 | set value resource://gre/x.js:2",
        ],
    );
    let text = "\
TypeError: undefined is not an object (evaluating 'a.b')
show@https://shop.example/app.js:10:20
forEach@[native code]
https://shop.example/app.js:11:3
global code@https://shop.example/app.js:30:5";
    assert_traces(
        text,
        &[
            "javascript TypeError: undefined is not an object (evaluating 'a.b') | show https://shop.example/app.js:10 | forEach -:- | - https://shop.example/app.js:11 | global code https://shop.example/app.js:30",
        ],
    );
}

#[test]
fn a_frame_cut_in_its_place_is_kept() {
    assert_traces(
        "Error: cut\n    at f (https://a.example/x.js:51:2)\n    at g (https://a.example/y.js:51",
        &["javascript Error: cut | f https://a.example/x.js:51 | g https://a.example/y.js:-"],
    );
}
