# The commands people use; `just` lists them.

_default:
    @just --list

# Everything that must pass before a change lands.
ci:
    .ci/run

# Start the service on ./kb and ./kbmatch.db.
serve *ARGS:
    cargo run --release -- serve {{ARGS}}

# Run the tests.
test *ARGS:
    cargo test {{ARGS}}

# Check the starter knowledge base, and that every condition in it earns its place.
check:
    cargo run --release -- check --conditions kb

# Latency of /v1/match for 300 B, 4 KB and 64 KB reports, and of a cold start.
bench-match *ARGS:
    scripts/bench-match {{ARGS}}

# Requests a second of /v1/match against 10,000 signatures beside a bare handler, then under twice the load.
bench-http *ARGS:
    cargo bench --bench http -- {{ARGS}}

# Microseconds of a request inside the program: reading the report, answering it, writing the answer.
bench-request *ARGS:
    cargo bench --bench request -- {{ARGS}}

# Accuracy beside full-text search: `just accuracy KB_DIR... --queries FILE...`.
accuracy *ARGS:
    cargo build --release
    scripts/accuracy {{ARGS}}

# Time per report beside SQLite FTS5: `just bench-retrieval KB_DIR... --queries FILE...`.
bench-retrieval *ARGS:
    cargo bench --bench retrieval -- {{ARGS}}

# The scanner beside other engines: `just bench-scanner 1000 10000`; Hyperscan needs the system's libhs.
bench-scanner *ARGS:
    cargo bench --bench scanner --features bench-hyperscan -- {{ARGS}}

# Sibling articles with the telling part removed: `just bench-siblings KB_DIR...`.
bench-siblings *ARGS:
    cargo bench --bench siblings -- {{ARGS}}

# Fuzz one target for ten minutes: decode, article, key, ticket, chat, mcp, attempts, token or scanner (needs cargo-fuzz).
fuzz TARGET SECONDS="600":
    scripts/fuzz-seeds
    RUSTC_BOOTSTRAP=1 cargo fuzz run {{TARGET}} -- -max_total_time={{SECONDS}} -max_len=65536

# Licences, bans and sources of all dependencies (needs cargo-deny; no advisory database).
deny:
    cargo deny check licenses bans sources

# Accept changed snapshots after looking at them (needs cargo-insta).
review:
    cargo insta review
