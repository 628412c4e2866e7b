//! `endpoints test`: a signed sample through every step, each shown. Nothing is stored, nothing leaves the machine.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::sample::{MESSAGE, PAGES};
use super::sign;
use crate::cli::deliveries::split;
use crate::cli::knowledge::Knowledge;
use crate::cli::terminal::output;
use crate::cli::{FINDINGS, OK};
use crate::config::{Config, ConfiguredEndpoint, Reference};
use crate::connect::model::{InboundRequest, Reading};
use crate::connect::ticket::{self, Audience, Posting, TicketConnector};
use crate::connect::verify::verify;
use crate::delivery::{NoteMaker, StoredCall};
use crate::engine::{MatchOptions, Outcome, PublishedArticle, Snapshot};
use crate::report::{Hints, Incoming, Limits, decode, redact};
use crate::text::counted;

/// What the steps came to, in words, and whether all went well.
struct Steps {
    text: String,
    well: bool,
}

impl Steps {
    fn say(&mut self, well: bool, what: &str) {
        let mark = if well { "ok  " } else { "FAIL" };
        let _ = writeln!(self.text, "{mark}  {what}");
        self.well &= well;
    }
}

pub(super) fn run(endpoint: &str, config: &Config) -> anyhow::Result<u8> {
    let (connector, name) = split(endpoint)?;
    let table = config.endpoints.iter().find(|table| table.connector.0 == connector && table.name.0 == name);
    let table = table.ok_or_else(|| anyhow::anyhow!("the settings have no endpoint {endpoint}"))?;
    let mut steps = Steps { text: String::new(), well: true };
    match table.resolve(config.public_url.as_ref(), &Reference::look_up) {
        Err(error) => steps.say(false, &format!("settings: {error}")),
        Ok(configured) => {
            steps.say(true, "settings: read, secrets found");
            match ticket::by_name(&connector) {
                Some(connector) => try_ticket(&configured, connector, config, &mut steps)?,
                None => steps.say(true, "a chat platform signs by itself: ask it something in the chat"),
            }
        }
    }
    output(&steps.text)?;
    Ok(if steps.well { OK } else { FINDINGS })
}

fn try_ticket(
    configured: &ConfiguredEndpoint,
    connector: &dyn TicketConnector,
    config: &Config,
    steps: &mut Steps,
) -> anyhow::Result<()> {
    let endpoint = &configured.endpoint;
    let Some(page) = PAGES.iter().find(|page| page.connector == connector.name()) else { return Ok(()) };
    let (Some(secret), now) = (&endpoint.secrets.current, Timestamp::now()) else {
        steps.say(false, "signature: the endpoint has no secret");
        return Ok(());
    };
    let body = page.sample.as_bytes();
    let scheme = connector.scheme(endpoint);
    let Some(mut headers) = sign::headers(scheme, secret, body, now) else {
        steps.say(false, "signature: the secret has not the form that this platform's secrets have");
        return Ok(());
    };
    headers.extend(page.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let request = InboundRequest { headers, body };
    match verify(scheme, &endpoint.secrets, &request, now, configured.freshness) {
        Ok(_) => steps.say(true, "signature: a sample signed with the secret is taken"),
        Err(refused) => steps.say(false, &format!("signature: {refused}")),
    }
    let mut changed = body.to_vec();
    changed.push(b' ');
    let changed = InboundRequest { headers: request.headers.clone(), body: &changed };
    if verify(scheme, &endpoint.secrets, &changed, now, configured.freshness).is_err() {
        steps.say(true, "signature: the sample with one byte more is refused");
    } else {
        steps.say(true, "signature: this platform proves who sends, not what (a token)");
    }
    match connector.read(endpoint, &request) {
        Err(error) => steps.say(false, &format!("event: {error}")),
        Ok(Reading::Ignored(reason)) => steps.say(false, &format!("event: the sample is ignored: {reason}")),
        Ok(Reading::Ticket(ticket)) => {
            let bytes = counted(ticket.body_text.len(), "byte");
            steps.say(true, &format!("event: ticket {}, {bytes} of text", ticket.external_id));
            answer(configured, connector, config, &ticket.external_id, steps)?;
        }
    }
    Ok(())
}

/// Matches the sample and shows the call that would be made.
fn answer(
    configured: &ConfiguredEndpoint,
    connector: &dyn TicketConnector,
    config: &Config,
    external_id: &str,
    steps: &mut Steps,
) -> anyhow::Result<()> {
    let folders: Vec<_> = config.kb.iter().filter(|folder| folder.is_dir()).cloned().collect();
    let articles = Knowledge::load(&folders)?.articles.into_iter();
    let published = articles.map(|entry| PublishedArticle { article: entry.article, revision: 1 }).collect();
    let (snapshot, _) = Snapshot::build(published, "files".to_owned());
    let text = redact(MESSAGE);
    let incoming = Incoming { body: text.as_bytes(), content_type: Some("text/plain"), content_encoding: None };
    let report = decode(incoming, &Hints::default(), &Limits::default())?;
    let mut answer = snapshot.answer(&report, &MatchOptions::default());
    answer.report_id = ulid::Ulid::generate().to_string();
    if answer.outcome == Outcome::NoMatch {
        steps.say(true, "match: no article of the folders answers the sample, so nothing would be posted");
        return Ok(());
    }
    let signer = config.signer().map_err(anyhow::Error::msg)?;
    let public_url = config.public_url.as_ref().map(|url| url.0.clone());
    let note = NoteMaker::new(signer, public_url).note(&answer);
    let best = note.articles.first().map_or("", |article| article.title.as_str());
    steps.say(true, &format!("match: {best}"));
    let audience = if connector.has_internal_notes() { Audience::Internal } else { Audience::Public };
    let posting = Posting { external_id, marker: "kbmatch:00000000000000000000000000", audience, note: &note };
    let call = StoredCall::from(connector.post(&configured.endpoint, posting));
    let base = configured.endpoint.base_url.as_deref();
    steps.say(base.is_some(), &format!("call: {} {}{}", call.method, base.unwrap_or("(no base_url)"), call.path));
    let body = call.body.map(|body| serde_json::to_string_pretty(&body)).transpose()?.unwrap_or_default();
    let _ = writeln!(steps.text, "\n{body}");
    Ok(())
}
