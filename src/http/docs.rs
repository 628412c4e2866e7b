//! The interface's own description: `OpenAPI`, and a page that shows it without the network.

use std::sync::{Arc, LazyLock};

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_SECURITY_POLICY, LOCATION};
use actix_web::{HttpRequest, HttpResponse, web};
use utoipa::openapi::{
    self,
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa::{Modify, OpenApi};
use utoipa_swagger_ui::Config;

use super::{ApiError, Kind};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "kbmatch",
        description = "Matches error reports to the support articles that solve them, with a confidence that means what it says. Problems come as RFC 9457 `application/problem+json`; their `type` is the address of a page that explains them.",
        license(name = "Apache-2.0 OR MIT"),
    ),
    paths(
        super::matching::answer, super::batch::answer_lines, super::lookup::look_up, super::articles::list,
        super::articles::read, super::articles::put, super::articles::patch, super::articles::delete,
        super::articles::revisions, super::import::import, super::feedback::give, super::feedback::list,
        super::feedback::withdraw, super::feedback::make_example, super::reports::read, super::reports::delete, super::page::article, super::health::live, super::health::ready,
        super::metrics::show, super::webhooks::receive, super::chat::answer, super::deliveries::list, super::deliveries::show,
        super::deliveries::retry,
    ),
    tags(
        (name = "match", description = "Reports in, articles out"),
        (name = "articles", description = "The knowledge base"),
        (name = "feedback", description = "What people say of answers"),
        (name = "reports", description = "Reports that were kept, redacted"),
        (name = "connectors", description = "Ticketing and chat platforms"),
        (name = "server", description = "The server's own state"),
    ),
    modifiers(&Security),
    security((), ("bearer" = []), ("key" = [])),
)]
struct Api;

/// The two headers that a key may stand in.
struct Security;

impl Modify for Security {
    fn modify(&self, api: &mut openapi::OpenApi) {
        let description = "An API key, `kbm_<id>_<secret>`; needed once the server has one";
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("kbm_<id>_<secret>");
        let bearer = SecurityScheme::Http(bearer.description(Some(description)).build());
        let header = ApiKeyValue::with_description("X-API-Key", description);
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("bearer", bearer);
        components.add_security_scheme("key", SecurityScheme::ApiKey(ApiKey::Header(header)));
    }
}

/// The page's script runs, and talks to this server only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static OPENAPI: LazyLock<String> = LazyLock::new(|| {
    let mut json = serde_json::to_string_pretty(&Api::openapi()).unwrap_or_default();
    json.push('\n');
    json
});

/// The description of the interface, as committed in `openapi.json`.
pub fn openapi_json() -> &'static str {
    &OPENAPI
}

/// The description of the interface.
pub(super) async fn openapi() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(openapi_json())
}

/// Leads to the page.
pub(super) async fn redirect() -> HttpResponse {
    HttpResponse::TemporaryRedirect().insert_header((LOCATION, "/docs/")).finish()
}

/// A file of the page.
pub(super) async fn file(
    request: HttpRequest,
    config: web::Data<Arc<Config<'static>>>,
) -> Result<HttpResponse, ApiError> {
    let name = request.match_info().get("file").unwrap_or_default();
    let name = if name.is_empty() { "index.html" } else { name };
    match utoipa_swagger_ui::serve(name, Arc::clone(&config)) {
        Ok(Some(file)) => {
            let mut response = HttpResponse::Ok();
            if file.gzpipped {
                response.insert_header((CONTENT_ENCODING, "gzip"));
            }
            response.content_type(file.content_type).insert_header((CONTENT_SECURITY_POLICY, POLICY));
            Ok(response.body(file.bytes.into_owned()))
        }
        Ok(None) => Err(ApiError::new(Kind::NotFound, "the page has no such file")),
        Err(error) => {
            tracing::error!(%error, "the documentation page cannot be served");
            Err(ApiError::new(Kind::Internal, "the page cannot be served; the server's log says more"))
        }
    }
}

/// How the page is set up: it reads the description from this server.
pub(super) fn page_config() -> Arc<Config<'static>> {
    Arc::new(Config::from("/openapi.json").try_it_out_enabled(true).display_request_duration(true))
}
