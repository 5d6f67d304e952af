//! `madoguchi report`: what became of a customer's cases, for a review.

use super::{BAD, GOOD, Status, now, settings};
use crate::base::{Language, UnixTime};
use crate::cli::output::{complain_line, json, print};
use crate::cli::when;
use crate::office::{About, Office};
use crate::store::Store;
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
        let loaded = match settings(config) {
            Ok(loaded) => loaded.settings,
            Err(status) => return status,
        };
        let printed = self.about().and_then(|about| {
            let work = async {
                let store = Store::open_existing(&loaded.store_url).await.map_err(|e| e.to_string())?;
                let office = Office::new(store.clone(), loaded.calendar(), Vec::new());
                let report = office.report(&about, now()).await.map_err(|e| e.to_string());
                store.close().await;
                report
            };
            super::runtime()?.block_on(work)
        });
        match printed {
            Ok(report) => {
                print(&match self.format {
                    Form::Html => report.to_html(self.language),
                    Form::Csv => report.to_csv(),
                    Form::Json => json(&report),
                });
                GOOD
            }
            Err(why) => {
                complain_line(why);
                BAD
            }
        }
    }

    fn about(&self) -> Result<About, String> {
        let now = now();
        let moment = |text: &str| when::parse(text, now);
        let opened: std::ops::Range<UnixTime> =
            moment(&self.from)?..self.to.as_deref().map_or(Ok(now), moment)?;
        match opened.is_empty() {
            true => Err("--to is not after --from".to_string()),
            false => Ok(About { customer: self.customer.clone(), opened }),
        }
    }
}

fn language(text: &str) -> Result<Language, String> {
    Language::from_tag(text).ok_or_else(|| "ja or en".to_string())
}
