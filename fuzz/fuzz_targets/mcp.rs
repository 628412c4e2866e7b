//! Any bytes as a message of the Model Context Protocol: reading never panics, what is asked is what was sent, and what is
//! refused is refused in the protocol's own form.
#![no_main]

use kbmatch::http::read_mcp_message;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    let sent = serde_json::from_slice::<Value>(data);
    match read_mcp_message(data) {
        Ok(asked) => {
            let sent = sent.expect("a message is JSON");
            assert_eq!(sent["jsonrpc"], "2.0");
            if let Some((method, params)) = asked {
                assert_eq!(sent["method"], method.as_str());
                assert!(sent["id"].is_string() || sent["id"].is_number());
                assert!(params.is_object() && sent.get("params").is_none_or(|sent| *sent == params));
            }
        }
        Err(refusal) => {
            assert!(refusal["jsonrpc"] == "2.0" && refusal["id"].is_null(), "{refusal}");
            assert!(refusal["error"]["code"].as_i64().is_some_and(|code| code < -32_000), "{refusal}");
            assert!(refusal["error"]["message"].as_str().is_some_and(|message| !message.is_empty()), "{refusal}");
            assert!(refusal["error"]["code"] != -32_700 || sent.is_err(), "{refusal}");
        }
    }
});
