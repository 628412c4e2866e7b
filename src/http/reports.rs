//! Reports that were kept.

use actix_web::{HttpRequest, HttpResponse, web};

use super::body::Parameters;
use super::matching::json;
use super::state::State;
use super::{ApiError, Problem};
use crate::store::KeptReport;

/// Read a report as it was kept: secrets overwritten, length kept.
#[utoipa::path(
    get, path = "/v1/reports/{id}", tag = "reports",
    params(("id" = String, Path, description = "Report, as its answer named it")),
    responses(
        (status = 200, description = "The report", body = KeptReport),
        (status = 404, description = "It was not kept, or is deleted", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    json(&state.service.kept_report(id_of(&request)?).await?)
}

/// Delete a report, which articles answered it and what was said of the answers.
#[utoipa::path(
    delete, path = "/v1/reports/{id}", tag = "reports",
    params(("id" = String, Path, description = "Report, as its answer named it")),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 404, description = "It was not kept, or is deleted", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn delete(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    state.service.delete_report(id_of(&request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn id_of(request: &HttpRequest) -> Result<&str, ApiError> {
    let _: Parameters = Parameters::read(request, &[])?;
    Ok(request.match_info().get("id").unwrap_or_default())
}
