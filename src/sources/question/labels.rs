//! `-l`: label selectors with kubectl's syntax.

use crate::decision::facts::Labels;
use crate::error::{Error, ErrorKind, Result};

/// A label selector; keeps its text for the API server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelSelector {
    text: String,
    requirements: Vec<Requirement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    operator: Operator,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Operator {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    DoesNotExist,
    GreaterThan(i64),
    LessThan(i64),
}

impl LabelSelector {
    /// Reads `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`. Source: Kubernetes, "Labels and Selectors".
    ///
    /// Errors: usage, with the place that is not understood.
    pub fn parse(text: &str) -> Result<Self> {
        let mut parser = Parser { rest: text };
        let mut requirements = Vec::new();
        parser.skip_space();
        while !parser.rest.is_empty() {
            let requirement = parser.requirement().map_err(|problem| {
                Error::new(
                    ErrorKind::Usage,
                    format!("{text:?} is not a label selector: {problem}"),
                )
                .next("write for example -l app=web,tier!=cache or -l 'app in (web,api),!canary'")
            })?;
            requirements.push(requirement);
        }
        Ok(Self {
            text: text.to_owned(),
            requirements,
        })
    }

    /// The selector as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether these labels meet every requirement.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.requirements.iter().all(|requirement| {
            let found = labels.get(&requirement.key);
            let number = || found.and_then(|value| value.parse::<i64>().ok());
            match &requirement.operator {
                Operator::In(values) => {
                    found.is_some_and(|value| values.iter().any(|wanted| wanted == value))
                }
                Operator::NotIn(values) => {
                    found.is_none_or(|value| !values.iter().any(|wanted| wanted == value))
                }
                Operator::Exists => found.is_some(),
                Operator::DoesNotExist => found.is_none(),
                Operator::GreaterThan(than) => number().is_some_and(|number| number > *than),
                Operator::LessThan(than) => number().is_some_and(|number| number < *than),
            }
        })
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip_space();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> &'a str {
        self.skip_space();
        let end = self
            .rest
            .find(|c: char| c.is_whitespace() || "=!(),<>".contains(c))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let absent = self.take("!");
        let key = self.word().to_owned();
        if key.is_empty() {
            return Err(self.expected("a label's key"));
        }
        let operator = if absent {
            Operator::DoesNotExist
        } else {
            self.operator()?
        };
        if self.take(",") {
            self.skip_space();
            if self.rest.is_empty() {
                return Err("a comma ends it".to_owned());
            }
        } else if !self.rest.is_empty() {
            return Err(self.expected("a comma"));
        }
        Ok(Requirement { key, operator })
    }

    fn operator(&mut self) -> Result<Operator, String> {
        if self.take("==") || self.take("=") {
            return Ok(Operator::In(vec![self.word().to_owned()]));
        }
        if self.take("!=") {
            return Ok(Operator::NotIn(vec![self.word().to_owned()]));
        }
        if self.take(">") {
            return self.number().map(Operator::GreaterThan);
        }
        if self.take("<") {
            return self.number().map(Operator::LessThan);
        }
        let before = self.rest;
        match self.word() {
            "" => {
                self.skip_space();
                Ok(Operator::Exists)
            }
            "in" => self.values().map(Operator::In),
            "notin" => self.values().map(Operator::NotIn),
            _ => {
                self.rest = before.trim_start();
                Err(self.expected("=, ==, !=, in, notin or a comma"))
            }
        }
    }

    fn number(&mut self) -> Result<i64, String> {
        let word = self.word();
        word.parse()
            .map_err(|_| format!("{word:?} is not a whole number"))
    }

    fn values(&mut self) -> Result<Vec<String>, String> {
        if !self.take("(") {
            return Err(self.expected("( and a list of values"));
        }
        let mut values = Vec::new();
        loop {
            values.push(self.word().to_owned());
            if self.take(")") {
                return Ok(values);
            }
            if !self.take(",") {
                return Err(self.expected("a comma or )"));
            }
        }
    }

    fn expected(&self, what: &str) -> String {
        match self.rest.trim_start() {
            "" => format!("it ends where {what} is expected"),
            rest => {
                let found: String = rest.chars().take(20).collect();
                format!("{what} is expected before {found:?}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_selects() {
        let labels = Labels::from([("app", "web"), ("tier", ""), ("n", "5"), ("in", "x")]);
        for (text, matches) in [
            ("", true),
            ("app=web", true),
            ("app==web", true),
            (" app = web , n=5 ", true),
            ("app=api", false),
            ("app!=api", true),
            ("app!=web", false),
            ("missing!=web", true),
            ("tier=", true),
            ("app=", false),
            ("app in (web,api)", true),
            ("app in (web)", true),
            ("app in ( api , x )", false),
            ("missing in (x)", false),
            ("app notin (web)", false),
            ("missing notin (x)", true),
            ("app", true),
            ("!app", false),
            ("!missing,app", true),
            ("missing", false),
            ("n>4,n<6", true),
            ("n>5", false),
            ("app>1", false),
            ("in=x", true),
            ("in in (x)", true),
            ("tier in (,x)", true),
        ] {
            let selector = LabelSelector::parse(text).expect(text);
            assert_eq!(selector.matches(&labels), matches, "{text}");
            assert_eq!(selector.as_str(), text);
        }
    }

    #[test]
    fn what_is_none() {
        for text in [
            ",", "a,", "a b", "a=b c", "=b", "a in", "a in (", "a in (b", "a in b", "a>x", "!",
            "!a=b", "a=b,,c",
        ] {
            assert!(LabelSelector::parse(text).is_err(), "{text}");
        }
    }
}
