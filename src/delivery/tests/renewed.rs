//! Credentials in files that are written anew while the server runs.

use wiremock::matchers::header;

use super::*;

/// A desk whose credential is in a file that holds `text` by now, and whose platform takes none but `fresh`.
async fn desk_with_file(text: &str) -> (Desk, tempfile::NamedTempFile) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let settings = format!("{ZAMMAD}\ncredential = {{ bearer = \"file:{}\" }}", file.path().display());
    let desk = desk(&settings, clock()).await;
    let made = ResponseTemplate::new(201).set_body_json(json!({ "id": 77 }));
    let fresh = Mock::given(method("POST")).and(header("authorization", "Bearer fresh"));
    fresh.respond_with(made).mount(&desk.platform).await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(401)).mount(&desk.platform).await;
    (desk, file)
}

impl Desk {
    /// How many endpoints rest.
    pub(super) async fn pauses(&self) -> usize {
        let service = self.deliveries.service();
        service.store().pauses(service.clock().now()).await.unwrap().len()
    }
}

#[tokio::test]
async fn a_refused_credential_is_read_again_from_its_file_before_the_endpoint_rests() {
    let (desk, _file) = desk_with_file("fresh\n").await;
    desk.send("a", 7, REPORT).await.unwrap();
    assert_eq!(desk.settled().await[0].state, "replied");
    assert_eq!((desk.calls().await.len(), desk.pauses().await), (2, 0), "one refused, one taken");
    desk.send("b", 8, REPORT).await.unwrap();
    assert_eq!(desk.settled().await[1].state, "replied");
    assert_eq!(desk.calls().await.len(), 3, "what was read is kept");
}

#[tokio::test]
async fn a_file_that_still_holds_what_is_refused_or_something_else_that_is_rests_the_endpoint() {
    for (text, calls) in [(CREDENTIAL, 1), ("stale", 2), ("", 1)] {
        let (desk, _file) = desk_with_file(text).await;
        desk.send("a", 7, REPORT).await.unwrap();
        assert_eq!(desk.settled().await[0].reason.as_deref(), Some("reply rejected"), "{text}");
        for _ in 0..100 {
            if desk.pauses().await > 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!((desk.calls().await.len(), desk.pauses().await), (calls, 1), "{text}");
    }
}
