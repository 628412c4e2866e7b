//! Context a caller sends beside the report.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// What the caller knows about where the report comes from. Agreement raises a confidence, contradiction lowers it,
/// absence does neither.
#[derive(
    Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema, BorshSerialize, BorshDeserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Hints {
    /// Product the report is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Version of that product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Path of the page or endpoint that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// HTTP status of the failed response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// BCP 47 language tag of the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}
