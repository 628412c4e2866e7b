//! The HTTP interface: routes, one file a resource; bodies read with limits; every problem as `problem+json`.
//!
//! Handlers read a request, call [`service`](crate::service) and write what it says; no rule of the product lives here.

mod access;
mod articles;
mod batch;
mod body;
mod chat;
mod deliveries;
mod docs;
mod feedback;
mod health;
mod hosts;
mod import;
mod inbound;
mod kind;
mod lag;
mod lookup;
mod matching;
mod mcp;
mod metrics;
mod overload;
mod page;
mod pool;
mod problem;
mod reports;
mod server;
mod state;
mod surround;
mod vote;
mod webhooks;

pub use docs::openapi_json;
pub use kind::Kind;
pub use mcp::read_message as read_mcp_message;
pub use problem::{ApiError, PROBLEM_JSON, PlaceProblem, Problem};
pub use server::{Running, start, start_with};

use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpResponse, Resource, Route, guard};

/// Registers every address.
fn routes(config: &mut ServiceConfig) {
    config
        .service(at("/v1/match", "POST").route(web::post().to(matching::answer)))
        .service(at("/v1/match/batch", "POST").route(web::post().to(batch::answer_lines)))
        .service(at("/v1/lookup", "GET, HEAD").route(get().to(lookup::look_up)))
        .service(at("/v1/articles", "GET, HEAD").route(get().to(articles::list)))
        .service(
            at("/v1/articles/{id}", "GET, HEAD, PUT, PATCH, DELETE")
                .route(get().to(articles::read))
                .route(web::put().to(articles::put))
                .route(web::patch().to(articles::patch))
                .route(web::delete().to(articles::delete)),
        )
        .service(at("/v1/articles/{id}/revisions", "GET, HEAD").route(get().to(articles::revisions)))
        .service(at("/v1/import", "POST").route(web::post().to(import::import)))
        .service(
            at("/v1/feedback", "GET, HEAD, POST").route(get().to(feedback::list)).route(web::post().to(feedback::give)),
        )
        .service(at("/v1/feedback/{id}", "DELETE").route(web::delete().to(feedback::withdraw)))
        .service(at("/v1/feedback/{id}/example", "POST").route(web::post().to(feedback::make_example)))
        .service(
            at("/v1/reports/{id}", "GET, HEAD, DELETE")
                .route(get().to(reports::read))
                .route(web::delete().to(reports::delete)),
        )
        .service(at("/mcp", "POST").route(web::post().to(mcp::answer)))
        .service(at("/f/{token}", "GET, HEAD, POST").route(get().to(vote::ask)).route(web::post().to(vote::count)))
        .service(
            at("/v1/webhooks/{connector}/{name}", "HEAD, POST")
                .route(web::head().to(webhooks::probe))
                .route(web::post().to(webhooks::receive)),
        )
        .service(
            at("/v1/chat/{connector}/{name}", "HEAD, POST")
                .route(web::head().to(webhooks::probe))
                .route(web::post().to(chat::answer)),
        )
        .service(at("/v1/deliveries", "GET, HEAD").route(get().to(deliveries::list)))
        .service(at("/v1/deliveries/{id}", "GET, HEAD").route(get().to(deliveries::show)))
        .service(at("/v1/deliveries/{id}/retry", "POST").route(web::post().to(deliveries::retry)))
        .service(at("/articles/{id}", "GET, HEAD").route(get().to(page::article)))
        .service(at("/errors/{slug}", "GET, HEAD").route(get().to(page::error)))
        .service(at("/health/live", "GET, HEAD").route(get().to(health::live)))
        .service(at("/health/ready", "GET, HEAD").route(get().to(health::ready)))
        .service(at("/metrics", "GET, HEAD").route(get().to(metrics::show)))
        .service(at("/openapi.json", "GET, HEAD").route(get().to(docs::openapi)))
        .service(at("/docs", "GET, HEAD").route(get().to(docs::redirect)))
        .service(at("/docs/{file:.*}", "GET, HEAD").route(get().to(docs::file)))
        .service(at("/", "GET, HEAD").route(get().to(docs::redirect)))
        .default_service(web::to(nowhere));
}

/// What a resource behind its gate is made of.
trait Gated:
    ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = actix_web::Error, InitError = ()>
{
}

impl<T> Gated for T where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse,
            Error = actix_web::Error,
            InitError = (),
        >
{
}

/// An address behind its gate, which answers methods it does not take with those it does.
fn at(path: &'static str, allow: &'static str) -> Resource<impl Gated> {
    debug_assert!(access::knows(path, allow), "{path} is not in the table of http::access");
    web::resource(path)
        .default_service(web::to(move || async move { Err::<HttpResponse, _>(ApiError::method_not_allowed(allow)) }))
        .wrap(from_fn(move |request, next| access::gate(path, allow, request, next)))
}

fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

async fn nowhere() -> Result<HttpResponse, ApiError> {
    Err(ApiError::new(Kind::NotFound, "there is nothing at this address; GET /openapi.json lists every address"))
}
