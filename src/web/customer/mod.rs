//! Pages for customers: the web case form at `/case`, in Japanese and English, with and without JavaScript.
//!
//! Owns: what the pages say and how a form's fields become answers. Does not know what a case takes: that is asked of the
//! same function that the API's `POST /api/v1/cases` asks.
//!
//! Invariants: whatever somebody wrote is text on a page, never markup; a form that is sent twice opens one case; what was
//! written is still there when something is missing; S1 and S2 are shown the telephone numbers and the desks' hours.
//!
//! To add a field: its line in `form.rs`, with the words; its name among the fields of the API's form.

mod form;
mod hours;

use super::access::fingerprint;
use super::api::{Answers, Api, OPEN_CASE, Subject, broken};
use super::listener::Source;
use super::problem::{Kind, Problem};
use crate::base::Language;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Form, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use form::{Filled, Page};
use maud::Markup;
use serde::Deserialize;
use std::sync::Arc;

/// Largest form, in bytes: every field at its longest is refused by the case itself.
const BODY: usize = 256 * 1024;
/// The look of the pages.
const STYLE: &str = include_str!("style.css");
/// Nothing but the page itself, its style, and forms that come back here.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const UNPROCESSABLE: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

#[derive(Default, Deserialize)]
struct Asked {
    lang: Option<String>,
}

impl Asked {
    /// What can be read of it.
    fn of(query: Result<Query<Asked>, QueryRejection>) -> Asked {
        query.map(|Query(asked)| asked).unwrap_or_default()
    }

    /// The language that is asked for; else what the browser prefers.
    fn language(&self, headers: &HeaderMap) -> Language {
        self.lang.as_deref().and_then(Language::from_tag).unwrap_or_else(|| preferred(headers))
    }
}

/// What was sent is no form, or one that is too long.
fn unread(rejection: FormRejection) -> Problem {
    Problem::new(rejection.status().as_u16(), "bad-form", "The form cannot be read", rejection.body_text())
}

/// The pages, over what the API is over.
pub(super) fn router(api: Arc<Api>) -> Router {
    Router::new()
        .route("/case", get(show).merge(post(take).layer(from_fn_with_state(Arc::clone(&api), audited))))
        .route(
            "/case/style.css",
            get(|| async { ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], STYLE) }),
        )
        .layer(DefaultBodyLimit::max(BODY))
        .layer(map_response(guarded))
        .with_state(api)
}

async fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn show(
    State(api): State<Arc<Api>>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let language = Asked::of(asked).language(&headers);
    html(StatusCode::OK, Page { language, api: &api }.empty())
}

async fn take(
    State(api): State<Arc<Api>>,
    ConnectInfo(source): ConnectInfo<Source>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
    pairs: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let page = Page { language: Asked::of(asked).language(&headers), api: &api };
    let filled = match pairs.map_err(unread).and_then(|Form(pairs)| Filled::of(pairs)) {
        Ok(filled) => filled,
        Err(problem) => return page.not_taken(&Filled::default(), &NotTaken::Problem(problem)),
    };
    match page.take(source, &filled).await {
        Ok(response) => response,
        Err(why) => page.not_taken(&filled, &why),
    }
}

/// Why no case was opened, and none was begun.
enum NotTaken {
    /// S1 and S2 are opened by phone.
    Urgent,
    /// What is not filled in.
    Missing(Vec<&'static str>),
    /// Anything else.
    Problem(Problem),
}

impl From<Problem> for NotTaken {
    fn from(problem: Problem) -> NotTaken {
        NotTaken::Problem(problem)
    }
}

/// Writes down who opened a case, or was refused, as it is of the API's form. A case that is being opened is opened, also
/// where the customer's browser has gone.
async fn audited(
    State(api): State<Arc<Api>>,
    ConnectInfo(source): ConnectInfo<Source>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_string();
    let work = tokio::spawn(async move {
        let response = next.run(request).await;
        api.written_down(None, source, (OPEN_CASE, path), response).await
    });
    work.await.unwrap_or_else(|_| broken().into_response())
}

impl Page<'_> {
    /// Opens the case, or gives the answer of before to a form that was sent before. A form is judged first: what is
    /// refused is not written to the store.
    async fn take(&self, source: Source, filled: &Filled) -> Result<Response, NotTaken> {
        if filled.is_urgent() {
            return Err(NotTaken::Urgent);
        }
        let missing = filled.missing();
        if !missing.is_empty() {
            return Err(NotTaken::Missing(missing));
        }
        let members = filled.answers()?;
        let answers = self.api.judged(&members, false)?;
        let opening = self.opening(source, filled, &answers);
        let Some(key) = filled.once() else { return Ok(opening.await) };
        self.api.begin_keyed(source)?;
        Ok(self.api.once("case-form", key, &fingerprint(&filled.text()), opening).await?)
    }

    async fn opening(&self, source: Source, filled: &Filled, answers: &Answers<'_>) -> Response {
        let opened = match self.api.begin_form(source) {
            Ok(()) => self.api.open_by_form(answers).await,
            Err(problem) => Err(problem),
        };
        match opened {
            Ok(case) => {
                let subject = Extension(Subject(case.number().to_string()));
                (subject, html(StatusCode::CREATED, self.opened(&case))).into_response()
            }
            Err(problem) => self.not_taken(filled, &problem.into()),
        }
    }

    /// What keeps the case from being opened, with all that was written; beside it the kind of problem that the API has
    /// for it.
    fn not_taken(&self, filled: &Filled, why: &NotTaken) -> Response {
        let (status, kind, page) = match why {
            NotTaken::Urgent => (UNPROCESSABLE, Kind("phone-only"), self.call_us(filled)),
            NotTaken::Missing(missing) => {
                (UNPROCESSABLE, Kind("bad-value"), self.incomplete(filled, missing))
            }
            NotTaken::Problem(problem) => (problem.status(), problem.kind(), self.refused(filled, problem)),
        };
        (Extension(kind), html(status, page)).into_response()
    }
}

fn html(status: StatusCode, markup: Markup) -> Response {
    let head = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
    (status, head, markup.into_string()).into_response()
}

/// Japanese, unless the browser names English before it or instead of it.
fn preferred(headers: &HeaderMap) -> Language {
    let accepts = headers.get(header::ACCEPT_LANGUAGE).and_then(|accepts| accepts.to_str().ok());
    let tags = accepts.unwrap_or_default().split(',').map(|part| part.trim().get(..2).unwrap_or_default());
    tags.filter_map(|tag| Language::from_tag(&tag.to_ascii_lowercase())).next().unwrap_or(Language::Ja)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Filter;
    use crate::web::api::tests::{Desk, OPEN, Told};

    const FORM: &str = "Content-Type: application/x-www-form-urlencoded";
    /// What has to be filled in, with words that would be markup.
    const GOOD: &str = "severity=S3&desk=japan&summary=%3Cscript%3Ealert(1)%3C%2Fscript%3E&description=a%0D%0Ab\
        &contact=%E5%B1%B1%E7%94%B0&contact_number=0312345678&repeats=always&entitlement_value=acme.webex.com&browser=";

    fn page(told: &Told) -> String {
        assert_eq!(told.header("content-type"), Some("text/html; charset=utf-8"), "{told:?}");
        assert!(
            told.header("content-security-policy")
                .is_some_and(|policy| policy.contains("default-src 'none'"))
        );
        String::from_utf8(told.body.clone()).expect("UTF-8")
    }

    #[tokio::test]
    async fn a_form_opens_one_case_however_often_it_is_sent_and_is_text_wherever_it_is_shown() {
        let desk = Desk::open().await;
        let form = page(&desk.ask("GET", "/case?lang=en", &[], "").await);
        assert!(form.contains("<html lang=\"en\">") && form.contains("No case is taken by e-mail"), "{form}");
        let (_, once) = form.split_once("name=\"once\" value=\"").expect("a form is taken once");
        let body = format!("once={}&{GOOD}", once.split('"').next().expect("a value"));
        let first = desk.ask("POST", "/case?lang=ja", &[FORM], &body).await;
        assert_eq!(first.status, 201, "{first:?}");
        let done = page(&first);
        assert!(done.contains("ケースを受け付けました") && !done.contains("<script>"), "{done}");
        let again = desk.ask("POST", "/case?lang=ja", &[FORM], &body).await;
        assert_eq!(page(&again), done);
        let edited = desk.ask("POST", "/case?lang=en", &[FORM], &body.replace("S3", "S4")).await;
        let said = page(&edited);
        assert!(edited.status == 422 && said.contains("This form was sent before"), "{said}");
        assert!(said.contains("value=\"&lt;script&gt;alert(1)"), "all that was written: {said}");
        let cases = desk.store.list(&Filter::default(), 10, None).await.expect("a page").cases;
        let [case] = cases.as_slice() else { panic!("one case: {cases:#?}") };
        assert_eq!(case.summary.as_deref(), Some("<script>alert(1)</script>"));
        assert_eq!((case.description.as_deref(), case.browser.as_deref()), (Some("a\nb"), None));
        assert_eq!(
            case.entitlement.as_ref().map(ToString::to_string).as_deref(),
            Some("site-url:acme.webex.com")
        );
        let number = case.number().to_string();
        assert!(done.contains(&format!("{}-{}-{}", &number[..3], &number[3..6], &number[6..])), "{done}");
    }

    #[tokio::test]
    async fn what_is_missing_or_urgent_is_said_with_all_that_was_written() {
        let desk = Desk::open().await;
        let urgent = desk.ask("POST", "/case?lang=ja", &[FORM], &GOOD.replace("S3", "S1")).await;
        let said = page(&urgent);
        assert_eq!(urgent.status, 422);
        assert!(
            said.contains("S1・S2 は電話で受け付けています") && said.contains("href=\"tel:0120339836\""),
            "{said}"
        );
        assert!(said.contains("value=\"&lt;script&gt;alert(1)&lt;/script&gt;\""), "{said}");
        assert!(said.contains("<option value=\"always\" selected>"), "{said}");
        let missing = desk.ask("POST", "/case?lang=en", &[FORM], "severity=S4&summary=%22%3E%3Cb%3E").await;
        let said = page(&missing);
        assert_eq!(missing.status, 422);
        for name in ["desk", "description", "contact", "contact_number"] {
            assert!(said.contains(&format!("id=\"{name}-why\"")), "{name}: {said}");
        }
        assert!(!said.contains("summary-why") && !said.contains("<b>"), "{said}");
        let wrong = desk.ask("POST", "/case?lang=en", &[FORM], &GOOD.replace("0312345678", "call+me")).await;
        assert_eq!(wrong.status, 422);
        assert!(page(&wrong).contains("id=\"contact_number-why\""), "{wrong:?}");
        let large = desk.ask("POST", "/case", &[FORM], &format!("summary={}", "x".repeat(300_000))).await;
        assert_eq!(large.status, 413, "{large:?}");
        assert!(page(&large).contains("送信された内容を読み取れませんでした"), "{large:?}");
        let strange = desk.ask("GET", "/case?lang=ja&lang=en", &["Accept-Language: en"], "").await;
        assert!(page(&strange).contains("<html lang=\"en\">"), "{strange:?}");
        assert_eq!(desk.store.list(&Filter::default(), 10, None).await.expect("a page").cases, []);
    }

    #[tokio::test]
    async fn nobody_says_of_their_own_right_to_support_that_it_was_found_to_be_right() {
        let desk = Desk::open().await;
        let good = GOOD.replace("&entitlement_value=acme.webex.com", "");
        for more in [
            "&entitlement=org:x&entitlement_kind=verified+org&entitlement_value=Acme",
            "&entitlement_kind=verified+org&entitlement_value=Acme",
            "&entitlement_kind=nonsense&entitlement_value=Acme",
            "&entitlement=verified+org:Acme",
            "&entitlement=org:x&entitlement=verified+org:Acme",
            "&entitlement_kind=org&entitlement_value=Acme&entitlement_value=verified+org:Acme",
            "&desk=japan",
            "&desk=%07",
            "&summary=again",
            "&stage=closed",
        ] {
            let told = desk.ask("POST", "/case?lang=en", &[FORM], &format!("{good}{more}")).await;
            assert_eq!(told.status, 422, "{more}: {told:?}");
            page(&told);
        }
        for other in ["moon", "global", "japan%07", "%E7%AA%93"] {
            let body = good.replace("desk=japan", &format!("desk={other}"));
            let told = desk.ask("POST", "/case?lang=en", &[FORM], &body).await;
            assert_eq!(told.status, 422, "{other}");
            assert!(page(&told).contains("id=\"desk-why\""), "{other}: {told:?}");
        }
        let many = format!("{good}&{}", (0..200).map(|at| format!("x{at}=1&")).collect::<String>());
        assert_eq!(desk.ask("POST", "/case", &[FORM], &many).await.status, 422);
        assert_eq!(desk.store.list(&Filter::default(), 10, None).await.expect("a page").cases, []);
        let org = format!("{good}&entitlement_kind=org&entitlement_value=verified+Acme");
        assert_eq!(desk.ask("POST", "/case", &[FORM], &org).await.status, 201);
        let cases = desk.store.list(&Filter::default(), 10, None).await.expect("a page").cases;
        let entitlement = cases[0].entitlement.as_ref().expect("named");
        assert_eq!((entitlement.to_string().as_str(), entitlement.verified), ("org:verified Acme", false));
    }

    #[tokio::test]
    async fn who_tries_a_product_out_is_told_that_no_technical_question_is_taken_and_whom_to_call() {
        let desk = Desk::open().await;
        let trial = GOOD.replace("acme.webex.com", "trial.webex.com");
        for (language, words) in [
            ("ja", "無料トライアルをご利用中のお客様の技術的なご質問は、承っておりません。"),
            ("en", "unable to take technical questions from customers on a free trial."),
        ] {
            let told = desk.ask("POST", &format!("/case?lang={language}"), &[FORM], &trial).await;
            let said = page(&told);
            assert!(said.contains(words) && said.contains("href=\"tel:0120339836\""), "{said}");
            assert!(said.contains("id=\"entitlement_value-why\""), "{said}");
            assert_eq!((told.status, written(&desk).await[0][3].as_str()), (422, "422 free-trial"));
        }
        assert_eq!(desk.store.list(&Filter::default(), 10, None).await.expect("a page").cases, []);
    }

    #[tokio::test]
    async fn a_form_that_cannot_be_taken_takes_no_key() {
        let desk = Desk::open().await;
        let key = "a1b2c3d4e5f6";
        desk.store.take_key("case-form", key, "something else", OPEN).await.expect("taken");
        for bad in [
            GOOD.replace("japan", "moon"),
            GOOD.replace("0312345678", "call+me"),
            GOOD.replace("S3", "S1"),
            GOOD.replace("contact=", "contact_="),
        ] {
            let told = desk.ask("POST", "/case?lang=en", &[FORM], &format!("once={key}&{bad}")).await;
            assert_eq!(told.status, 422);
            page(&told);
        }
        let good = desk.ask("POST", "/case?lang=en", &[FORM], &format!("once={key}&{GOOD}")).await;
        assert!(good.status == 422 && page(&good).contains("This form was sent before"), "{good:?}");
    }

    /// Each entry of the audit log but for when and of whose case: what was done, and what came of it; newest first.
    async fn written(desk: &Desk) -> Vec<[String; 4]> {
        let log = desk.store.audit_log(200, None).await.expect("read").into_iter();
        let log = log.filter(|entry| entry.deed.what == "open_case");
        log.map(|entry| [entry.deed.who, entry.deed.source, entry.deed.subject, entry.deed.outcome]).collect()
    }

    #[tokio::test]
    async fn a_case_of_the_page_is_in_the_audit_log_as_one_of_the_api_is() {
        let desk = Desk::open().await;
        let members = r#"{"severity":"S3","desk":"japan","summary":"a","description":"b","contact":"c","contact_number":"0312345678"}"#;
        let lines = ["Content-Type: application/json"];
        let json = async |body: String| desk.ask("POST", "/api/v1/cases", &lines, &body).await;
        let (opened, urgent) = (json(members.to_string()).await, json(members.replace("S3", "S1")).await);
        assert_eq!((opened.status, urgent.status), (201, 422));
        let number = opened.json()["number"].as_str().expect("a number").to_string();
        let mut api = written(&desk).await;
        let form = GOOD.replace("&browser=", "");
        let sent = async |body: String| desk.ask("POST", "/case", &[FORM], &body).await;
        let (opened, urgent) = (sent(form.clone()).await, sent(form.replace("S3", "S1")).await);
        assert_eq!((opened.status, urgent.status), (201, 422));
        let page: Vec<_> = written(&desk).await.into_iter().take(2).collect();
        assert_eq!(api[1][2], number);
        let cases = desk.store.list(&Filter::default(), 1, None).await.expect("a page").cases;
        assert_eq!(page[1][2], cases[0].number().to_string());
        // The path stands where no case is, and cases have numbers of their own.
        api[0][2] = "/case".into();
        api[1][2] = page[1][2].clone();
        assert_eq!(page, api);
        assert_eq!(page[0][3], "422 phone-only");
        let large = sent(format!("summary={}", "x".repeat(300_000))).await;
        assert_eq!((large.status, written(&desk).await[0][3].as_str()), (413, "413 bad-form"));
        assert_eq!(written(&desk).await.len(), 5);
    }

    #[tokio::test]
    async fn the_page_shows_the_numbers_and_desks_that_are_in_force() {
        let desk = Desk::open().await;
        let shown = page(&desk.ask("GET", "/case?lang=en", &[], "").await);
        assert!(shown.contains("href=\"tel:0120339836\""), "{shown}");
        let choice = "<option value=\"japan\">Japan &lt;Cloud&gt; TAC, 24 hours, 365 days</option>";
        assert!(shown.contains(choice) && !shown.contains("value=\"global\""), "{shown}");
        *desk.phones.lock().expect("unpoisoned") = vec!["0364346780".to_string()];
        let shown = page(&desk.ask("GET", "/case?lang=ja", &[], "").await);
        assert!(shown.contains("tel:0364346780") && !shown.contains("0120339836"), "{shown}");
        assert!(shown.contains("日本 Cloud TAC、24 時間 365 日"), "{shown}");
        let urgent = desk.ask("POST", "/case?lang=ja", &[FORM], &GOOD.replace("S3", "S1")).await;
        assert!(page(&urgent).contains("tel:0364346780"), "{urgent:?}");
    }

    #[test]
    fn the_browser_s_language_is_taken_where_none_is_asked_for() {
        let language = |lang: Option<&str>, accepts: &'static str| {
            let headers = [(header::ACCEPT_LANGUAGE, HeaderValue::from_str(accepts).expect("a value"))]
                .into_iter()
                .collect();
            Asked { lang: lang.map(str::to_string) }.language(&headers)
        };
        assert_eq!(language(None, "en-US,en;q=0.9,ja;q=0.8"), Language::En);
        assert_eq!(language(None, "JA"), Language::Ja);
        assert_eq!(language(None, "fr, de;q=0.5, en;q=0.1"), Language::En);
        assert_eq!(language(None, "日,,x"), Language::Ja);
        assert_eq!(language(Some("ja"), "en"), Language::Ja);
        assert_eq!(language(Some("<b>"), "en"), Language::En);
    }
}
