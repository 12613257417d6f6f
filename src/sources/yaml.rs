//! Small texts of YAML, as JSON: a parser for YAML is big, and each type that is read straight from it adds some of it anew.

use std::fmt;

use serde::de::DeserializeOwned;

use super::offline::Transcoded;
use super::reduce::path_at;

/// Why a text cannot be read. It never quotes the text, which may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line and column, from 1, where it is no YAML.
    pub place: Option<(u64, u64)>,
    /// The field that is of another type, where it is YAML; empty for the whole document.
    pub field: String,
}

impl Problem {
    fn of(error: &serde_saphyr::Error) -> Self {
        let place = error.location().filter(|place| place.line() > 0);
        Self {
            place: place.map(|place| (place.line(), place.column())),
            field: String::new(),
        }
    }

    fn in_field(json: &str, error: &serde_json::Error) -> Self {
        Self {
            place: None,
            field: path_at(json, error.line(), error.column()),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => write!(formatter, "line {line}, column {column}"),
            None if self.field.is_empty() => write!(formatter, "it is of another type"),
            None => write!(formatter, "{} is of another type", self.field),
        }
    }
}

/// Reads the documents of a text, all of one type. Documents without anything in them are left out.
///
/// # Errors
/// A text that is no YAML, and a document that is of another type.
pub fn read_documents<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, Problem> {
    let documents: Vec<Transcoded> =
        serde_saphyr::from_multiple(text).map_err(|error| Problem::of(&error))?;
    documents
        .iter()
        .map(Transcoded::as_json)
        .filter(|json| *json != "null")
        .map(|json| serde_json::from_str(json).map_err(|error| Problem::in_field(json, &error)))
        .collect()
}

/// Reads a text of one document; `None` where there is nothing in it.
///
/// # Errors
/// Those of [`read_documents`], and several documents.
pub fn read_one<T: DeserializeOwned>(text: &str) -> Result<Option<T>, Problem> {
    let mut documents = read_documents(text)?;
    let first = documents.pop();
    match documents.is_empty() {
        true => Ok(first),
        false => Err(Problem {
            place: None,
            field: String::new(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    type Words = BTreeMap<String, String>;

    #[test]
    fn documents_with_nothing_in_them_are_none() {
        for (text, wanted) in [
            ("", 0),
            ("# nothing\n", 0),
            ("a: b\n", 1),
            ("---\na: b\n---\n---\nc: d\n", 2),
        ] {
            let read: Vec<Words> = read_documents(text).expect(text);
            assert_eq!(read.len(), wanted, "{text:?}");
        }
        assert_eq!(read_one::<Words>("\n"), Ok(None));
        assert!(read_one::<Words>("a: b\n---\nc: d\n").is_err());
    }

    #[test]
    fn problems_name_the_place_and_nothing_of_the_text() {
        let problem =
            read_one::<Words>("a: b\ntoken: \"hunter2\n").expect_err("no end of the text");
        assert!(
            problem.place.is_some_and(|(line, _)| line >= 2),
            "{problem}"
        );
        assert!(!problem.to_string().contains("hunter2"));
        let problem = read_one::<Words>("a: [hunter2]\n").expect_err("no text");
        assert_eq!(problem.to_string(), "a is of another type");
    }
}
