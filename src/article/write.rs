//! From an article to JSON, YAML and Markdown.

mod json;
mod markdown;
mod toml;
mod yaml;

pub use json::to_json;
pub(super) use json::{checks, examples, links, signatures};
pub use markdown::to_markdown;
pub(super) use markdown::{escape_heading, section_level};
pub(super) use toml::inline as toml_value;
pub(super) use yaml::{entry as yaml_entry, flow as yaml_scalar};

#[cfg(test)]
mod tests;
