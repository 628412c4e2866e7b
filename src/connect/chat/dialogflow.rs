//! Dialogflow: webhooks of ES and of CX, told apart by their bodies.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::wire::{BASIC, BEARER, asked, json as respond_json, option, read_json, respond, unreadable};
use super::{ChatConnector, ChatQuery, ChatReading, ChatReply, ChatResponse, ChatVote};
use crate::connect::dialect::{Note, Shown, brief, unmarked};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{InboundRequest, Unreadable};
use crate::connect::verify::Scheme;

/// Where a solution is cut, in bytes.
const SOLUTION: usize = 1500;
/// The tag, or in ES the intent's name, of a fulfilment that takes a vote; any other looks up.
const FEEDBACK: &str = "kb.feedback";
/// The context of ES that keeps what CX keeps in the session, and for how many turns.
const CONTEXT: &str = "/contexts/kb";
const TURNS: u8 = 5;
/// Parameters that are read.
const ERROR_TEXT: &str = "error_text";
const TOKEN: &str = "kb_feedback_token";
const HELPFUL: &str = "kb_helpful";

/// Dialogflow.
pub(super) struct Dialogflow;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Call {
    // ES
    query_result: Option<QueryResult>,
    response_id: Option<String>,
    session: Option<String>,
    // CX
    detect_intent_response_id: Option<String>,
    fulfillment_info: Option<FulfillmentInfo>,
    session_info: Option<SessionInfo>,
    text: Option<String>,
    transcript: Option<String>,
    language_code: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QueryResult {
    query_text: Option<String>,
    language_code: Option<String>,
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
    intent: Option<Intent>,
    #[serde(default)]
    output_contexts: Vec<Context>,
}

#[derive(Deserialize)]
struct Context {
    #[serde(default)]
    name: String,
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Intent {
    #[serde(default)]
    display_name: String,
}

#[derive(Deserialize)]
struct FulfillmentInfo {
    #[serde(default)]
    tag: String,
}

#[derive(Deserialize, Default)]
struct SessionInfo {
    #[serde(default)]
    session: String,
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
}

/// What both editions say.
struct Asked {
    cx: bool,
    id: Option<String>,
    session: String,
    locale: Option<String>,
    text: Option<String>,
    parameters: Map<String, Value>,
    feedback: bool,
}

impl ChatConnector for Dialogflow {
    fn name(&self) -> &'static str {
        "dialogflow"
    }

    /// The console sets a header or, with the option `auth = "basic"`, a user and a password; the secret is then their
    /// base64, as it stands in the header.
    fn scheme(&self, endpoint: &Endpoint) -> Scheme {
        if option(endpoint, "auth") == Some("basic") { BASIC } else { BEARER }
    }

    fn options(&self) -> &'static [&'static str] {
        &["auth"]
    }

    fn read(&self, _endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<ChatReading, Unreadable> {
        let asked_for = gather(read_json(request.body, "body")?)?;
        let reply = json!({"cx": asked_for.cx, "session": asked_for.session});
        if asked_for.feedback {
            return read_vote(asked_for, reply);
        }
        let from_parameter = asked_for.parameters.get(ERROR_TEXT).and_then(Value::as_str).and_then(asked);
        let Some(text) = from_parameter.or_else(|| asked(asked_for.text.as_deref()?)) else {
            return Ok(respond(&sentence(asked_for.cx, brief::EMPTY)));
        };
        Ok(ChatReading::Query(Box::new(ChatQuery {
            query_id: asked_for.id,
            conversation_id: asked_for.session.clone(),
            user_id: asked_for.session,
            locale: asked_for.locale,
            text,
            reply,
        })))
    }

    fn answer(&self, _endpoint: &Endpoint, query: &ChatQuery, note: &Note) -> ChatReply {
        message(&query.reply, note).into()
    }

    fn settle(&self, _endpoint: &Endpoint, vote: &ChatVote, note: &Note) -> ChatReply {
        message(&vote.reply, note).into()
    }

    fn say(&self, _endpoint: &Endpoint, vote: &ChatVote, text: &str) -> ChatReply {
        respond_json(&sentence(vote.reply["cx"] == true, text)).into()
    }
}

fn gather(call: Call) -> Result<Asked, Unreadable> {
    if let Some(result) = call.query_result {
        let kept = result.output_contexts.into_iter().filter(|context| context.name.ends_with(CONTEXT));
        let mut parameters: Map<String, Value> = kept.filter_map(|context| context.parameters).flatten().collect();
        parameters.extend(result.parameters.unwrap_or_default());
        return Ok(Asked {
            cx: false,
            id: call.response_id,
            session: call.session.unwrap_or_default(),
            locale: result.language_code,
            text: result.query_text,
            parameters,
            feedback: result.intent.is_some_and(|intent| intent.display_name == FEEDBACK),
        });
    }
    if call.session_info.is_none() && call.fulfillment_info.is_none() {
        return Err(unreadable("body", "it holds neither queryResult (ES) nor sessionInfo (CX)".to_owned()));
    }
    let session = call.session_info.unwrap_or_default();
    Ok(Asked {
        cx: true,
        id: call.detect_intent_response_id,
        session: session.session,
        locale: call.language_code,
        text: call.text.or(call.transcript),
        parameters: session.parameters.unwrap_or_default(),
        feedback: call.fulfillment_info.is_some_and(|info| info.tag == FEEDBACK),
    })
}

/// A vote: the two values that an answer left in the session, and which of them holds.
fn read_vote(mut asked_for: Asked, reply: Value) -> Result<ChatReading, Unreadable> {
    let helpful = match asked_for.parameters.get(HELPFUL) {
        Some(Value::Bool(helpful)) => *helpful,
        Some(Value::String(word)) => word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("yes"),
        _ => return Err(unreadable(HELPFUL, "it is neither true nor false".to_owned())),
    };
    let name = if helpful { TOKEN.to_owned() } else { format!("{TOKEN}_no") };
    match asked_for.parameters.remove(&name) {
        Some(Value::String(token)) => {
            Ok(ChatReading::Vote(Box::new(ChatVote { token, user_id: asked_for.session, reply })))
        }
        _ => Err(unreadable(&name, "the session holds no answer to vote on".to_owned())),
    }
}

fn message(reply: &Value, note: &Note) -> ChatResponse {
    let text = unmarked::message(note, SOLUTION);
    let article = match note.shown() {
        Shown::Article(article) => Some(article),
        _ => None,
    };
    let votes = article.and_then(|article| article.votes.as_ref());
    let parameters = json!({
        "kb_outcome": note.outcome.as_str(),
        // A parameter that is null is removed, so nothing of an earlier answer stays.
        "kb_article": article.map(|article| article.id.as_str()),
        "kb_confidence": article.map(|article| article.confidence.rounded().value()),
        "kb_url": article.and_then(|article| article.url.as_deref()),
        TOKEN: votes.map(|votes| votes.yes.as_str()),
        format!("{TOKEN}_no"): votes.map(|votes| votes.no.as_str()),
    });
    let mut response = sentence(reply["cx"] == true, text.as_str());
    if reply["cx"] == true {
        response["sessionInfo"] = json!({"parameters": parameters});
    } else {
        let name = format!("{}{CONTEXT}", reply["session"].as_str().unwrap_or_default());
        response["outputContexts"] = json!([{"name": name, "lifespanCount": TURNS, "parameters": parameters}]);
    }
    respond_json(&response)
}

fn sentence(cx: bool, text: &str) -> Value {
    if cx {
        return json!({"fulfillmentResponse": {"messages": [{"text": {"text": [text]}}], "mergeBehavior": "REPLACE"}});
    }
    json!({
        "fulfillmentText": text, "fulfillmentMessages": [{"text": {"text": [text]}}], "outputContexts": [], "payload": {},
    })
}
