use crate::knowledge::*; use crate::seed::*;
#[test]
fn zz() {
    for w in [200] {
        let report = read(&PAYLOAD.as_bytes()[..w], Some("text/plain"), None);
        for f in report.fields.iter() { println!("{:?} = {:?}", f.path.join("."), f.value); }
        let a = answer_all(&report);
        println!("{:?} {:?}", a.outcome, a.question);
        for m in &a.matches { println!("{} {} {:?}", m.article.id, m.confidence.value(), m.evidence.iter().map(|e| (e.kind, e.signature.clone())).collect::<Vec<_>>()); }
    }
}
