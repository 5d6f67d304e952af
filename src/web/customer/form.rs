//! The form: its fields with their words, and the pages it leads to.

use crate::base::{EntitlementKind, Language, Product};
use crate::case::intake::{Asks, INTAKE, Question};
use crate::case::{Case, CaseNumber};
use crate::web::access::fresh_id;
use crate::web::api::{
    Api, BEING_DONE, BadMembers, FREE_TRIAL, IN_DOUBT, KEY_USED, Members, NEEDED, REACHED_BY, bad_value,
};
use crate::web::problem::{Kind, Problem};
use maud::{DOCTYPE, Markup, html};
use std::collections::BTreeMap;

/// The most fields of a form.
const MOST_FIELDS: usize = 128;
/// The two fields that make up an entitlement.
const PROOF: [&str; 2] = ["entitlement_kind", "entitlement_value"];
/// The field that makes a form one that is taken once.
const ONCE: &str = "once";

/// A value to choose, and its words in Japanese and English.
type Words = (&'static str, &'static str, &'static str);

const SEVERITIES: [Words; 4] = [
    (
        "S1",
        "S1: 利用できない、業務に重大な影響がある",
        "S1: unusable, or a significant effect on the business",
    ),
    (
        "S2",
        "S2: 著しく低下している、業務の重要な部分に影響がある",
        "S2: badly degraded, important parts of the business suffer",
    ),
    ("S3", "S3: 一部に支障があるが、ほとんどの業務は行える", "S3: impaired, most operations unaffected"),
    ("S4", "S4: 影響は軽微、または情報が欲しい", "S4: minor effect, or information wanted"),
];
const PROOFS: [Words; 4] = [
    ("site-url", "サイト URL（xxxx.webex.com）", "Site URL (xxxx.webex.com)"),
    ("org", "組織名または組織 ID", "Organisation name or ID"),
    ("messenger", "Messenger の組織名または組織 ID", "Messenger organisation name or ID"),
    ("contract", "契約番号（パートナー管理者）", "Contract number (partner administrators)"),
];
const LANGUAGES: [Words; 2] = [("ja", "日本語", "Japanese"), ("en", "英語", "English")];

/// A form as it came, each field once.
#[derive(Default)]
pub(super) struct Filled(BTreeMap<String, String>);

impl Filled {
    /// Of what was sent. No form of ours has a field twice, or so many.
    pub(super) fn of(pairs: Vec<(String, String)>) -> Result<Filled, Problem> {
        if pairs.len() > MOST_FIELDS {
            return Err(BadMembers::TooMany.into());
        }
        let mut filled = BTreeMap::new();
        for (name, value) in pairs {
            // Browsers end lines with CR LF.
            let value = value.replace("\r\n", "\n").trim().to_string();
            if filled.insert(name.clone(), value).is_some() {
                return Err(BadMembers::Twice(name).into());
            }
        }
        filled.retain(|_, value| !value.is_empty());
        Ok(Filled(filled))
    }

    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// What makes it one that is taken once.
    pub(super) fn once(&self) -> Option<&str> {
        let key = self.get(ONCE);
        ((8..=64).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(key)
    }

    /// All of it, to tell it from another one.
    pub(super) fn text(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{}:{name}={}:{value};", name.len(), value.len())).collect()
    }

    /// Whether it is for the telephone.
    pub(super) fn is_urgent(&self) -> bool {
        ["S1", "S2"].contains(&self.get("severity"))
    }

    /// What has to be filled in and is not.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        let mut missing: Vec<&str> = NEEDED.into_iter().filter(|name| self.get(name).is_empty()).collect();
        if REACHED_BY.into_iter().all(|name| self.get(name).is_empty()) {
            missing.push(REACHED_BY[0]);
        }
        missing
    }

    /// The answers, by the fields of a case.
    pub(super) fn answers(&self) -> Result<Members, Problem> {
        let mut answers = Members::default();
        let is_own = |name: &str| name == ONCE || PROOF.contains(&name);
        for (name, value) in self.0.iter().filter(|(name, _)| !is_own(name)) {
            answers.add(name.clone(), value.clone().into())?;
        }
        let [kind, value] = PROOF.map(|name| self.get(name));
        if value.is_empty() {
            return Ok(answers);
        }
        let kind =
            if kind.is_empty() { Some(EntitlementKind::SiteUrl) } else { EntitlementKind::from_name(kind) };
        let kind = kind.ok_or_else(|| bad_value(PROOF[0], "nobody is known by this"))?;
        answers.add("entitlement".to_string(), format!("{kind}:{value}").into())?;
        Ok(answers)
    }
}

/// A page in a language.
pub(super) struct Page<'a> {
    pub(super) language: Language,
    pub(super) api: &'a Api,
}

impl Page<'_> {
    /// Words in the page's language.
    pub(super) fn say<'w>(&self, ja: &'w str, en: &'w str) -> &'w str {
        match self.language {
            Language::Ja => ja,
            Language::En => en,
        }
    }

    /// The form with nothing in it.
    pub(super) fn empty(&self) -> Markup {
        self.form(&Filled::default(), &[], html! {})
    }

    /// S1 and S2 are opened by phone.
    pub(super) fn call_us(&self, filled: &Filled) -> Markup {
        let lead = html! {
            section.call role="alert" {
                h2 { (self.say("S1・S2 は電話で受け付けています", "S1 and S2 are opened by phone")) }
                p { (self.say(
                    "すぐに対応できるよう、下記の番号へお電話ください。このフォームでは S3 と S4 のみ受け付けています。",
                    "Please call, so that work begins at once. This form takes S3 and S4 alone.",
                )) }
                (self.numbers_and_hours())
            }
        };
        self.form(filled, &[], lead)
    }

    /// Something is not filled in.
    pub(super) fn incomplete(&self, filled: &Filled, missing: &[&str]) -> Markup {
        let lead = self
            .alert(self.say("未記入の必須項目があります。", "Something that is needed is not filled in."));
        self.form(filled, missing, lead)
    }

    /// The case was not taken.
    pub(super) fn refused(&self, filled: &Filled, problem: &Problem) -> Markup {
        let Kind(kind) = problem.kind();
        if [BEING_DONE, IN_DOUBT].contains(&kind) {
            return self.in_doubt();
        }
        let words = match problem.status().as_u16() {
            _ if kind == FREE_TRIAL => self.say(
                "恐れ入りますが、無料トライアルをご利用中のお客様の技術的なご質問は、承っておりません。ご購入に関するお問い合わせは、お電話ください。",
                "We are sorry. We are unable to take technical questions from customers on a free trial. For questions about purchasing, please call us.",
            ),
            429 => self.say(
                "短時間に多くのケースが送信されました。しばらく待ってから送信するか、お電話ください。",
                "Many cases were sent in a short time. Please wait a while, or call us.",
            ),
            _ if kind == KEY_USED => self.say(
                "このフォームは送信済みで、ケースを受け付けています。下記の内容で別のケースを作成する場合は、もう一度送信してください。",
                "This form was sent before, and its case is open. To open another case with what is filled in below, send it again.",
            ),
            400 | 413 | 415 => self.say(
                "送信された内容を読み取れませんでした。長すぎる場合は、短くしてもう一度送信してください。",
                "What was sent could not be read. If it is too long, please shorten it and send it again.",
            ),
            422 => self.say("入力内容を確認してください。", "Please look at what is filled in again."),
            _ => self.say(
                "ただいまケースを受け付けられません。しばらくしてから送信するか、お電話ください。",
                "No case can be taken now. Please try again later, or call us.",
            ),
        };
        let wrong = problem.field().map(|field| if field == "entitlement" { PROOF[1] } else { field });
        let wrong: Vec<&str> = wrong.into_iter().collect();
        let lead = html! {
            (self.alert(words))
            @if kind == FREE_TRIAL || problem.status().as_u16() != 422 { (self.numbers_and_hours()) }
        };
        self.form(filled, &wrong, lead)
    }

    /// Nobody knows whether the case is open: no form to open it once more.
    fn in_doubt(&self) -> Markup {
        let content = html! {
            (self.alert(self.say(
                "送信された内容を処理しています。ケースを受け付けたかどうか、まだ確認できません。恐れ入りますが、お電話でご確認ください。",
                "What you sent is being processed, and it is not known yet whether the case is open. Please call us to make sure.",
            )))
            (self.numbers_and_hours())
        };
        self.whole(content)
    }

    /// The case is open.
    pub(super) fn opened(&self, case: &Case) -> Markup {
        let content = html! {
            section.done {
                h2 { (self.say("ケースを受け付けました", "Your case is open")) }
                p { (self.say("ケース番号", "Case number")) }
                p.number { (grouped(case.number())) }
                @if let Some(due) = case.first_response_due.and_then(|due| self.moment(due, case.desk.as_deref())) {
                    p { (self.say("一次回答の期限: ", "First response by: ")) (due) }
                }
                p { (self.say(
                    "お問い合わせの際は、この番号をお伝えください。",
                    "Please keep this number and say it whenever you contact us.",
                )) }
                p { a href={ "/case?lang=" (self.language.tag()) } { (self.say("別のケースを作成する", "Open another case")) } }
            }
        };
        self.whole(content)
    }

    fn moment(&self, at: crate::base::UnixTime, desk: Option<&str>) -> Option<String> {
        let schedule = self.api.calendar().desk(desk?)?;
        let local = schedule.local(at);
        Some(format!("{} ({})", local.strftime("%Y-%m-%d %H:%M"), schedule.time_zone()))
    }

    fn alert(&self, words: &str) -> Markup {
        html! { p.alert role="alert" { (words) } }
    }

    fn form(&self, filled: &Filled, wrong: &[&str], lead: Markup) -> Markup {
        let field = Field { page: self, filled, wrong };
        let content = html! {
            (lead)
            p { (self.say(
                "S3・S4 のお問い合わせを受け付けます。S1・S2 はお電話ください。メールでは受け付けていません。",
                "For S3 and S4. Please call for S1 and S2. No case is taken by e-mail.",
            )) }
            details {
                summary { (self.say("電話番号と受付時間", "Telephone numbers and hours")) }
                (self.numbers_and_hours())
            }
            form method="post" action={ "/case?lang=" (self.language.tag()) } {
                input type="hidden" name=(ONCE) value=(fresh_id());
                (self.about_the_case(&field))
                (self.about_the_customer(&field))
                (self.before_a_case(&field))
                p { button type="submit" { (self.say("送信する", "Send")) } }
            }
        };
        self.whole(content)
    }

    fn about_the_case(&self, field: &Field<'_>) -> Markup {
        let desks: Vec<(&str, String)> = self
            .desks()
            .into_iter()
            .map(|(desk, schedule)| (desk.name.as_str(), self.title(desk, schedule)))
            .collect();
        let desks = desks.iter().map(|(name, title)| (*name, title.as_str()));
        let products = Product::ALL.iter().map(|product| (product.name(), product.title()));
        html! {
            fieldset {
                legend { (self.say("お問い合わせ", "The question")) }
                (field.choice("severity", self.say("重大度", "Severity"), SEVERITIES.map(|words| self.pick(words))))
                (field.choice("desk", self.say("担当デスク", "Desk"), desks))
                (field.choice("product", self.say("製品", "Product"), products))
                (field.line("summary", self.say("件名", "In one line"), "text", None))
                (field.lines("description", self.say("内容", "What happens, and what should"), true))
            }
        }
    }

    fn about_the_customer(&self, field: &Field<'_>) -> Markup {
        html! {
            fieldset {
                legend { (self.say("お客様", "You")) }
                (field.line("customer", self.say("会社名", "Company"), "text", Some("organization")))
                (field.line("contact", self.say("ご担当者名", "Name"), "text", Some("name")))
                (field.line("contact_number", self.say("電話番号", "Telephone"), "tel", Some("tel")))
                (field.line("contact_email", self.say("メールアドレス", "E-mail"), "email", Some("email")))
                p.hint { (self.say(
                    "電話番号またはメールアドレスのどちらかをご記入ください。メールは当社からの連絡のみに使用し、メールでのケース作成は受け付けていません。",
                    "A telephone number or an e-mail address is needed. We write to you by e-mail; no case is taken by it.",
                )) }
                (field.choice("language", self.say("ご希望の言語", "Language"), LANGUAGES.map(|words| self.pick(words))))
                (field.choice(PROOF[0], self.say("サポート権限の確認方法", "Your right to support, by"), PROOFS.map(|words| self.pick(words))))
                (field.line(PROOF[1], self.say("上記の値", "The value of it"), "text", None))
            }
        }
    }

    fn before_a_case(&self, field: &Field<'_>) -> Markup {
        html! {
            fieldset {
                legend { (self.say("事前確認（分かる範囲で）", "As far as you know")) }
                @for question in INTAKE { (self.question(field, question)) }
            }
        }
    }

    fn question(&self, field: &Field<'_>, question: &Question) -> Markup {
        let words = question.words(self.language);
        match question.asks {
            Asks::Line => field.line(question.field, words, "text", None),
            Asks::Lines => field.lines(question.field, words, false),
            Asks::Choice(choices) => field.choice(
                question.field,
                words,
                choices.iter().map(|choice| (choice.value, choice.words(self.language))),
            ),
        }
    }

    fn pick(&self, (value, ja, en): Words) -> (&'static str, &'static str) {
        (value, self.say(ja, en))
    }

    fn whole(&self, content: Markup) -> Markup {
        let title = self.say("ケースの作成", "Open a case");
        let other = match self.language {
            Language::Ja => ("en", "English"),
            Language::En => ("ja", "日本語"),
        };
        html! {
            (DOCTYPE)
            html lang=(self.language.tag()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) }
                    link rel="stylesheet" href="/case/style.css";
                }
                body {
                    header {
                        h1 { (title) }
                        a.language href={ "/case?lang=" (other.0) } hreflang=(other.0) lang=(other.0) { (other.1) }
                    }
                    main { (content) }
                }
            }
        }
    }
}

/// A field of the form: what is in it already, and whether that is wrong.
struct Field<'a> {
    page: &'a Page<'a>,
    filled: &'a Filled,
    wrong: &'a [&'a str],
}

impl Field<'_> {
    fn is_needed(&self, name: &str) -> bool {
        NEEDED.contains(&name)
    }

    fn labelled(&self, name: &str, label: &str, control: Markup) -> Markup {
        let is_wrong = self.wrong.contains(&name);
        html! {
            div.field.wrong[is_wrong] {
                label for=(name) {
                    (label)
                    @if self.is_needed(name) { " " span.needed { (self.page.say("必須", "needed")) } }
                }
                (control)
                @if is_wrong {
                    p.why id={ (name) "-why" } {
                        (self.page.say("この項目を確認してください。", "Please look at this."))
                    }
                }
            }
        }
    }

    fn line(&self, name: &str, label: &str, kind: &str, autocomplete: Option<&str>) -> Markup {
        let control = html! {
            input type=(kind) id=(name) name=(name) value=(self.filled.get(name)) maxlength="500"
                autocomplete=[autocomplete] aria-required=[self.is_needed(name).then_some("true")];
        };
        self.labelled(name, label, control)
    }

    fn lines(&self, name: &str, label: &str, is_long: bool) -> Markup {
        let control = html! {
            textarea id=(name) name=(name) rows=(if is_long { 6 } else { 2 }) maxlength="5000"
                aria-required=[self.is_needed(name).then_some("true")] { (self.filled.get(name)) }
        };
        self.labelled(name, label, control)
    }

    fn choice<'w>(
        &self,
        name: &str,
        label: &str,
        choices: impl IntoIterator<Item = (&'w str, &'w str)>,
    ) -> Markup {
        let control = html! {
            select id=(name) name=(name) aria-required=[self.is_needed(name).then_some("true")] {
                option value="" { "—" }
                @for (value, words) in choices {
                    option value=(value) selected[self.filled.get(name) == value] { (words) }
                }
            }
        };
        self.labelled(name, label, control)
    }
}

/// A number as it is read out.
fn grouped(number: CaseNumber) -> String {
    let digits = number.to_string();
    let (first, rest) = digits.split_at(3);
    let (second, third) = rest.split_at(3);
    format!("{first}-{second}-{third}")
}
