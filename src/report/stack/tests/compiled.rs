use super::assert_traces;

#[test]
fn go_panics_are_read_with_every_goroutine() {
    let text = "\
panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x48]

goroutine 1 [running]:
main.(*Server).Handle(0xc000010000, {0x1, 0x2})
	/src/shop/server.go:42 +0x1d
main.main()
	/src/shop/main.go:9 +0x20

goroutine 18 [chan receive, 2 minutes]:
net/http.(*Server).Serve(0x0)
	/usr/lib/go/src/net/http/server.go:3
created by net/http.Start in goroutine 1
	/usr/lib/go/src/net/http/server.go:7 +0x3
exit status 2";
    assert_traces(
        text,
        &[
            "go panic: runtime error: invalid memory address or nil pointer dereference | main.(*Server).Handle /src/shop/server.go:42 | main.main /src/shop/main.go:9",
            "go -: - | net/http.(*Server).Serve /usr/lib/go/src/net/http/server.go:3 | net/http.Start /usr/lib/go/src/net/http/server.go:7",
        ],
    );
}

#[test]
fn go_errors_with_a_stack_are_read_and_logged_source_places_are_not() {
    let text = "open config.toml: no such file\nmain.load\n\t/src/main.go:12\nruntime.main\n\t/usr/go/proc.go:250\n";
    assert_traces(
        text,
        &["go -: open config.toml: no such file | main.load /src/main.go:12 | runtime.main /usr/go/proc.go:250"],
    );
    assert_traces("2026/11/02 10:00:00 main.go:12: started\n2026/11/02 10:00:00 main.go:13: ready", &[]);
}

#[test]
fn rust_panics_are_read_with_place_and_backtrace() {
    let text = "\
thread 'main' panicked at src/main.rs:4:5:
index out of bounds: the len is 3 but the index is 99
stack backtrace:
   0: rust_begin_unwind
             at /rustc/9fc6b43/library/std/src/panicking.rs:665:5
   1: core::panicking::panic_fmt
   2: <shop::Cart as shop::Total>::total
             at ./src/main.rs:4:5
note: Some details are omitted";
    assert_traces(
        text,
        &[
            "rust -: index out of bounds: the len is 3 but the index is 99 | - src/main.rs:4 | rust_begin_unwind /rustc/9fc6b43/library/std/src/panicking.rs:665 | core::panicking::panic_fmt -:- | <shop::Cart as shop::Total>::total ./src/main.rs:4",
        ],
    );
    assert_traces(
        "thread 'worker' panicked at 'no database', src/db.rs:7:9\nnote: run with `RUST_BACKTRACE=1`",
        &["rust -: no database | - src/db.rs:7"],
    );
    assert_traces(
        "thread 'a' (12) panicked at a.rs:1:2:\nassertion `left == right` failed\n  left: 1\n right: 2\nbye",
        &["rust -: assertion `left == right` failed\n  left: 1\n right: 2 | - a.rs:1"],
    );
}

#[test]
fn rust_error_chains_are_read_with_their_causes() {
    let text = "\
Error: could not start

Caused by:
    0: could not open the database
    1: disk full

Stack backtrace:
   0: anyhow::error::from
             at /a/error.rs:10:5
   1:     0x55d0 - shop::main
";
    assert_traces(
        text,
        &[
            "rust -: could not start | anyhow::error::from /a/error.rs:10 | shop::main -:-",
            "<- rust -: could not open the database",
            "<- rust -: disk full",
        ],
    );
}
