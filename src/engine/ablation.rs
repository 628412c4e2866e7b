//! Parts of the engine that can be left out, to measure what each is worth.

/// A part that can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnginePart {
    /// Error codes and compound names, as features of their own.
    Codes,
    /// Derived signatures.
    Signatures,
    /// Messages aligned with stretches of the report.
    Messages,
    /// Fields that count differently.
    Fields,
    /// The article as one text.
    Whole,
    /// Pairs of neighbouring words.
    Phrases,
    /// Tables of wordings that mean the same.
    Meanings,
    /// Lines of a report that count more than others.
    Lines,
    /// Products, versions and labels.
    Context,
}

impl EnginePart {
    /// All parts.
    pub const ALL: [Self; 9] = [
        Self::Codes,
        Self::Signatures,
        Self::Messages,
        Self::Fields,
        Self::Whole,
        Self::Phrases,
        Self::Meanings,
        Self::Lines,
        Self::Context,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Codes => "codes",
            Self::Signatures => "signatures",
            Self::Messages => "messages",
            Self::Fields => "fields",
            Self::Whole => "whole",
            Self::Phrases => "phrases",
            Self::Meanings => "meanings",
            Self::Lines => "lines",
            Self::Context => "context",
        }
    }

    /// The part with a name.
    pub fn parse(name: &str) -> Result<Self, String> {
        let known = || Self::ALL.map(Self::name).join(", ");
        Self::ALL.into_iter().find(|part| part.name() == name).ok_or_else(|| format!("known parts are {}", known()))
    }

    /// The features that nothing is known of without it.
    pub fn features(self) -> &'static [&'static str] {
        match self {
            Self::Codes => &["own_code", "own_name", "code_in_text", "other_code", "foreign_code", "own_code_absent"],
            Self::Signatures => &["signature", "signature_code"],
            Self::Messages => &[
                "message_shared",
                "message_coverage",
                "message_in_order",
                "message_whole",
                "message_density",
                "message_exact",
                "opening_coverage",
                "opening_shared",
                "heading_coverage",
                "leading_line",
            ],
            Self::Fields => &["retrieval", "retrieval_share", "retrieval_head", "in_symptoms", "in_solution"],
            Self::Whole => &["whole", "whole_share"],
            Self::Phrases => &["pairs"],
            Self::Meanings => &["concepts"],
            Self::Lines => &["line_explained", "error_line_explained", "leading_line"],
            Self::Context => &["label", "other_label", "context", "context_contradicts"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::FEATURES;

    #[test]
    fn every_part_has_a_name_and_features_that_exist() {
        for part in EnginePart::ALL {
            assert_eq!(EnginePart::parse(part.name()), Ok(part));
            for feature in part.features() {
                assert!(FEATURES.iter().any(|(name, _)| name == feature), "{feature}");
            }
        }
        assert!(EnginePart::parse("soul").is_err());
    }
}
