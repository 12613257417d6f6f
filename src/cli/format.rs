//! `-o` of `explain` and `profiles`: the formats of kubectl, some of which carry a template.

use std::path::PathBuf;

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Error};

/// `-o`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputFormat {
    /// The whole report as JSON.
    Json,
    /// The whole report as YAML.
    Yaml,
    /// One row a pod or profile, with more columns.
    Wide,
    /// `pod/NAME`, one line each.
    Name,
    /// For tickets.
    Markdown,
    /// A template over the report, filled in.
    JsonPath(Template),
    /// The same, as lists in JSON.
    JsonPathAsJson(Template),
    /// Rows with columns of one's own.
    CustomColumns(Template),
}

/// Where a template stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Template {
    /// Behind `=`.
    Text(String),
    /// In a file.
    File(PathBuf),
}

/// Word, whether a template follows, what it is.
const FORMATS: &[(&str, &str)] = &[
    ("json", "The whole report as JSON"),
    ("yaml", "The whole report as YAML"),
    ("wide", "One row each, with more columns"),
    ("name", "TYPE/NAME, one line each"),
    ("markdown", "For tickets: GitHub, GitLab, Jira"),
    (
        "jsonpath=",
        "What kubectl's template finds in the JSON, for example '{.pods[*].reason}'; jsonpath-file=PATH reads it, jsonpath-as-json= prints lists",
    ),
    (
        "custom-columns=",
        "One row each, for example NAME:.name,WHY:.reason; custom-columns-file=PATH reads them",
    ),
];

/// Reads `-o`.
#[derive(Debug, Clone, Copy)]
pub struct OutputParser;

impl TypedValueParser for OutputParser {
    type Value = OutputFormat;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<OutputFormat, Error> {
        let text = value
            .to_str()
            .ok_or_else(|| Error::new(ErrorKind::InvalidUtf8).with_cmd(command))?;
        match parse(text) {
            Some(Ok(format)) => Ok(format),
            Some(Err(words)) => Parsed(words).parse_ref(command, argument, value),
            None => {
                let mut error = Error::new(ErrorKind::InvalidValue).with_cmd(command);
                if let Some(argument) = argument {
                    let name = ContextValue::String(argument.to_string());
                    error.insert(ContextKind::InvalidArg, name);
                }
                let typed = ContextValue::String(text.to_owned());
                error.insert(ContextKind::InvalidValue, typed);
                let words = FORMATS.iter().map(|(word, _)| (*word).to_owned());
                error.insert(
                    ContextKind::ValidValue,
                    ContextValue::Strings(words.collect()),
                );
                Err(error)
            }
        }
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let values = FORMATS
            .iter()
            .map(|(word, help)| PossibleValue::new(*word).help(*help));
        Some(Box::new(values))
    }
}

/// A value that is known to be wrong, and why.
#[derive(Clone)]
struct Parsed(&'static str);

impl TypedValueParser for Parsed {
    type Value = OutputFormat;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<OutputFormat, Error> {
        let words = self.0;
        let refuse = move |_: &str| Err::<OutputFormat, String>(words.to_owned());
        TypedValueParser::parse_ref(&refuse, command, argument, value)
    }
}

/// The format of a text; `None` where there is no such format, and an error where it is one that lacks something.
fn parse(text: &str) -> Option<Result<OutputFormat, &'static str>> {
    let (word, template) = match text.split_once('=') {
        Some((word, template)) => (word, Some(template).filter(|text| !text.is_empty())),
        None => (text, None),
    };
    let plain = |format| (text == word).then_some(Ok(format));
    let is_file = word.ends_with("-file");
    let template = template.map(|text| match is_file {
        true => Template::File(text.into()),
        false => Template::Text(text.to_owned()),
    });
    let with_template = |format: fn(Template) -> OutputFormat, what_is_missing| {
        Some(template.map(format).ok_or(what_is_missing))
    };
    let no_template = "template format specified but no template given";
    let no_columns = "custom-columns format specified but no custom columns given";
    match word {
        "json" => plain(OutputFormat::Json),
        "yaml" => plain(OutputFormat::Yaml),
        "wide" => plain(OutputFormat::Wide),
        "name" => plain(OutputFormat::Name),
        "markdown" => plain(OutputFormat::Markdown),
        "jsonpath" | "jsonpath-file" => with_template(OutputFormat::JsonPath, no_template),
        "jsonpath-as-json" => with_template(OutputFormat::JsonPathAsJson, no_template),
        "custom-columns" | "custom-columns-file" => {
            with_template(OutputFormat::CustomColumns, no_columns)
        }
        "go-template" | "go-template-file" | "template" | "templatefile" => Some(Err(
            "Go's templates are not read here; jsonpath='{range .pods[*]}{.name}{\"\\n\"}{end}' does the same",
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_those_of_kubectl() {
        let text = |text: &str| Template::Text(text.to_owned());
        for (given, wanted) in [
            ("json", Some(OutputFormat::Json)),
            ("markdown", Some(OutputFormat::Markdown)),
            (
                "jsonpath={.a=b}",
                Some(OutputFormat::JsonPath(text("{.a=b}"))),
            ),
            (
                "jsonpath-file=a/b",
                Some(OutputFormat::JsonPath(Template::File("a/b".into()))),
            ),
            (
                "jsonpath-as-json={.a}",
                Some(OutputFormat::JsonPathAsJson(text("{.a}"))),
            ),
            (
                "custom-columns=A:.a",
                Some(OutputFormat::CustomColumns(text("A:.a"))),
            ),
            (
                "custom-columns-file=a",
                Some(OutputFormat::CustomColumns(Template::File("a".into()))),
            ),
            ("jsonpath", None),
            ("jsonpath=", None),
            ("custom-columns=", None),
            ("go-template={{.}}", None),
            ("json=x", None),
            ("JSON", None),
            ("", None),
        ] {
            assert_eq!(parse(given).and_then(Result::ok), wanted, "{given}");
        }
    }
}
