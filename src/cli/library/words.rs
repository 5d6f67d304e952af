//! What a manifest says of a prompt or a series in one language.

use super::manifest::Recorded;
use crate::base::Language;
use crate::diag::{At, Diagnostics, FromToml, Table};
use std::collections::BTreeMap;

/// The part of one language.
pub(super) struct Words {
    language: Language,
    usual: Fields,
    readings: Vec<String>,
    special: BTreeMap<String, Fields>,
}

/// What can be different for one value of a series.
#[derive(Default)]
struct Fields {
    text: Option<String>,
    say: Option<String>,
    reading: Option<String>,
    take: Option<u32>,
    file: Option<String>,
}

impl Words {
    /// The part of a language; `None` where there is none.
    pub(super) fn read(table: &mut Table<'_>, language: Language, found: &mut Diagnostics) -> Option<Words> {
        let mut part = table.take::<Table<'_>>(language.tag(), found)?.value;
        if !part.has("text") {
            found.push(part.missing("text"));
        }
        let usual = Fields::read(&mut part, found);
        let readings = taken::<Vec<At<String>>>(&mut part, "readings", found).unwrap_or_default();
        let readings = readings.into_iter().map(|reading| reading.value).collect();
        let mut special = BTreeMap::new();
        for (value, table) in part.sub("special", found).entries() {
            if let Some(mut table) = table.read::<Table<'_>>(found).map(|table| table.value) {
                special.insert(value.value, Fields::read(&mut table, found));
                table.finish(found);
            }
        }
        part.finish(found);
        Some(Words { language, usual, readings, special })
    }

    /// A prompt of its own.
    pub(super) fn of_prompt(&self, id: &str) -> Recorded {
        self.recorded(id, &Fields::default(), self.usual.reading.clone(), &str::to_owned)
    }

    /// One of a series of `count`: the value, and its place among them. Readings that do not fit the
    /// values are nobody's.
    pub(super) fn of_value(&self, id: &str, value: i64, place: usize, count: usize) -> Recorded {
        let value = value.to_string();
        let none = Fields::default();
        let special = self.special.get(&value).unwrap_or(&none);
        let fits = self.readings.len() == count;
        let reading = self.readings.get(place).filter(|_| fits).cloned();
        self.recorded(id, special, reading, &|template| template.replace("{n}", &value))
    }

    /// A text of its own is not said in the words of the usual one.
    fn recorded(
        &self,
        id: &str,
        special: &Fields,
        reading: Option<String>,
        fill: &dyn Fn(&str) -> String,
    ) -> Recorded {
        let usual = &self.usual;
        let text = special.text.as_ref().or(usual.text.as_ref()).map(String::as_str).unwrap_or_default();
        let usual_say = usual.say.as_ref().filter(|_| special.text.is_none());
        let say = special.say.as_ref().or(usual_say).map_or(text, String::as_str);
        let file = special.file.as_ref().or(usual.file.as_ref());
        let file = file.map_or_else(|| format!("{}/{id}.wav", self.language), |file| fill(file));
        Recorded {
            language: self.language,
            text: fill(text),
            say: fill(say),
            take: special.take.or(usual.take),
            reading: special.reading.clone().or(reading),
            file: file.into(),
        }
    }
}

impl Fields {
    fn read(table: &mut Table<'_>, found: &mut Diagnostics) -> Fields {
        Fields {
            text: taken(table, "text", found),
            say: taken(table, "say", found),
            reading: taken(table, "reading", found),
            take: taken(table, "take", found),
            file: taken(table, "file", found),
        }
    }
}

fn taken<'a, T: FromToml<'a>>(table: &mut Table<'a>, key: &str, found: &mut Diagnostics) -> Option<T> {
    table.take(key, found).map(|value: At<T>| value.value)
}
