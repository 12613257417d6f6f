//! Templates of `-o`, read from the command line or a file.

use std::path::Path;

use crate::cli::Template as Given;
use crate::error::{Error, ErrorKind, Result};
use crate::render::CustomColumns;
use crate::render::jsonpath::{self, ParseError};

/// Reads a template of `-o jsonpath`.
///
/// # Errors
/// A file that cannot be read; a template that means nothing, in kubectl's words.
pub fn jsonpath(given: &Given, as_json: bool) -> Result<&'static jsonpath::Template> {
    let text = match given {
        Given::Text(text) => text.clone(),
        Given::File(path) => read(path)?,
    };
    let template = jsonpath::Template::parse(&text, as_json).map_err(|error| {
        wrong("jsonpath", &text, &error).next(
            "for example: -o jsonpath='{range .pods[*]}{.name}{\"\\t\"}{.reason}{\"\\n\"}{end}'",
        )
    })?;
    Ok(for_ever(template))
}

/// Reads the columns of `-o custom-columns`.
///
/// # Errors
/// As of [`jsonpath`].
pub fn custom_columns(given: &Given, headers: bool) -> Result<&'static CustomColumns> {
    let (text, columns) = match given {
        Given::Text(text) => (text.clone(), CustomColumns::parse(text, headers)),
        Given::File(path) => {
            let text = read(path)?;
            let columns = CustomColumns::parse_file(&text, headers);
            (text, columns)
        }
    };
    let columns = columns.map_err(|error| {
        wrong("custom-columns", &text, &error)
            .next("for example: -o custom-columns=NAME:.name,WHY:.reason")
    })?;
    Ok(for_ever(columns))
}

/// Reads the field of `--sort-by`.
///
/// # Errors
/// A path that means nothing, in kubectl's words.
pub fn sort_field(text: &str) -> Result<jsonpath::Path> {
    jsonpath::Path::parse(text)
        .map_err(|error| wrong("--sort-by", text, &error).next("for example: --sort-by=.createdAt"))
}

/// The program has one format, for as long as it runs.
fn for_ever<T>(format: T) -> &'static T {
    Box::leak(Box::new(format))
}

fn wrong(what: &str, text: &str, error: &ParseError) -> Error {
    Error::new(ErrorKind::Usage, format!("error parsing {what} {text}")).cause(error.to_string())
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|error| {
        Error::new(ErrorKind::Input, "could not read the template")
            .object(path.display().to_string())
            .cause(error.to_string())
            .next("check the path")
    })
}
