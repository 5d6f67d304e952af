//! `madoguchi report`: what became of a customer's cases, for a review.

use super::{Status, now, on_store, shown};
use crate::base::Language;
use crate::cli::output::json;
use crate::cli::when;
use crate::office::{About, Office};
use std::path::Path;

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Form {
    /// A page with charts
    Html,
    /// For spreadsheets
    Csv,
    /// For programs
    Json,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example: madoguchi report --customer \"Acme\" --from 2026-01-01 --to 2026-04-01 --format html > review.html"
)]
pub(super) struct Args {
    /// The customer, as the cases name them; without it every customer
    #[arg(long, value_name = "NAME")]
    customer: Option<String>,
    /// Cases opened from then on: a date in Japan, RFC 3339, or a time ago as 30d
    #[arg(long, value_name = "WHEN", default_value = "30d")]
    from: String,
    /// And before then; without it until now
    #[arg(long, value_name = "WHEN")]
    to: Option<String>,
    /// Language of the page: ja or en
    #[arg(long, value_name = "LANGUAGE", default_value = "ja", value_parser = language)]
    language: Language,
    /// How to print
    #[arg(long, value_enum, default_value = "html")]
    format: Form,
}

impl Args {
    pub(super) fn run(self, config: Option<&Path>) -> Status {
        on_store(config, async |settings, store| {
            let office = Office::new(store.clone(), settings.calendar(), Vec::new());
            let report = office.report(&self.about()?, now()).await.map_err(|error| error.to_string())?;
            Ok(shown(&match self.format {
                Form::Html => report.to_html(self.language),
                Form::Csv => report.to_csv(),
                Form::Json => json(&report),
            }))
        })
    }

    fn about(&self) -> Result<About, String> {
        let now = now();
        let moment = |text: &str| when::parse(text, now);
        let opened = moment(&self.from)?..self.to.as_deref().map_or(Ok(now), moment)?;
        About::new(self.customer.clone(), opened)
            .map_err(|why| format!("the time from --from to --to: {why}"))
    }
}

fn language(text: &str) -> Result<Language, String> {
    Language::from_tag(text).ok_or_else(|| "ja or en".to_string())
}
