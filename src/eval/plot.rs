//! The reliability plot: confidence against the share that is right.

use std::fmt::Write as _;

use super::metrics::Bin;

const SIZE: f64 = 400.0;
const MARGIN: f64 = 50.0;

/// An SVG picture with a title, a description and its numbers, for people and screen readers.
pub fn reliability(bins: &[Bin], title: &str) -> String {
    let x = |value: f64| MARGIN + value * SIZE;
    let y = |value: f64| MARGIN + (1.0 - value) * SIZE;
    let whole = SIZE + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {whole} {whole}\" role=\"img\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<title>{title}</title>\n<desc>Share of right answers over confidence, ten bins of equal mass; \
         on the diagonal a confidence means what it says.</desc>\n\
         <rect width=\"{whole}\" height=\"{whole}\" fill=\"#ffffff\"/>\n"
    );
    for tick in 0..=5 {
        let value = f64::from(tick) / 5.0;
        let (tx, ty, low, left) = (x(value), y(value), y(0.0), x(0.0));
        let _ = write!(
            svg,
            "<path d=\"M{tx} {low}V{}M{left} {ty}H{}\" stroke=\"#dddddd\"/>\n\
             <text x=\"{tx}\" y=\"{}\" text-anchor=\"middle\">{value:.1}</text>\n\
             <text x=\"{}\" y=\"{}\" text-anchor=\"end\">{value:.1}</text>\n",
            y(1.0),
            x(1.0),
            low + 18.0,
            left - 8.0,
            ty + 4.0
        );
    }
    let _ = writeln!(
        svg,
        "<path d=\"M{} {}L{} {}\" stroke=\"#888888\" stroke-dasharray=\"4 4\"/>",
        x(0.0),
        y(0.0),
        x(1.0),
        y(1.0)
    );
    let points: Vec<String> = bins.iter().map(|bin| format!("{:.1} {:.1}", x(bin.confidence), y(bin.right))).collect();
    let _ = writeln!(svg, "<path d=\"M{}\" fill=\"none\" stroke=\"#0b5fa5\" stroke-width=\"2\"/>", points.join("L"));
    for bin in bins {
        let _ = writeln!(
            svg,
            "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"5\" fill=\"#0b5fa5\"><title>confidence {:.2}, right {:.2}, {} reports\
             </title></circle>",
            x(bin.confidence),
            y(bin.right),
            bin.confidence,
            bin.right,
            bin.count
        );
    }
    let _ = write!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">confidence</text>\n\
         <text x=\"14\" y=\"{}\" text-anchor=\"middle\" transform=\"rotate(-90 14 {})\">share that is right</text>\n\
         <text x=\"{}\" y=\"28\" text-anchor=\"middle\" font-size=\"14\">{title}</text>\n</svg>\n",
        x(0.5),
        whole - 8.0,
        y(0.5),
        y(0.5),
        x(0.5)
    );
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bin_is_drawn_with_its_numbers() {
        let bins = [Bin { confidence: 0.1, right: 0.0, count: 3 }, Bin { confidence: 0.9, right: 1.0, count: 4 }];
        let svg = reliability(&bins, "Reliability");
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
        assert_eq!(svg.matches("<circle").count(), 2);
        assert!(svg.contains("confidence 0.90, right 1.00, 4 reports"));
    }
}
