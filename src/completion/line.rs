//! A command line of bash, as far as it was typed, taken apart into words as bash would, and the answer cut as bash wants it.
//!
//! The words that bash passes to completions are cut at `=` and `:`, and quoted as they were typed. Evaluating them, as is often done,
//! would run what stands in `$(…)` while it is being typed. So the line is read here; what bash would put in for variables and
//! commands is left as it is.

/// The words behind the command's name; the last one is the one being typed, and may be empty.
pub fn words_of_line(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '\'' => {
                let quoted = letters.by_ref().take_while(|letter| *letter != '\'');
                word.get_or_insert_default().extend(quoted);
            }
            '"' => {
                let word = word.get_or_insert_default();
                while let Some(letter) = letters.next() {
                    match letter {
                        '"' => break,
                        '\\' => match letters.next() {
                            Some(escaped @ ('"' | '\\' | '$' | '`')) => word.push(escaped),
                            Some(other) => word.extend(['\\', other]),
                            None => word.push('\\'),
                        },
                        plain => word.push(plain),
                    }
                }
            }
            '\\' => word.get_or_insert_default().extend(letters.next()),
            plain => word.get_or_insert_default().push(plain),
        }
    }
    words.push(word.unwrap_or_default());
    match words.len() {
        // The command's own name is being typed.
        1 => words,
        _ => words.split_off(1),
    }
}

/// What of a candidate goes into the place that the shell leaves for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// What stands already, and is left out.
    kept: String,
}

impl Cut {
    /// `typed` is the word so far; `replaced` is its end, in whose place the answer is put. Without it, that is all behind the `=` of
    /// a flag, as cobra has it.
    pub fn new(typed: &str, replaced: Option<&str>) -> Self {
        let kept = match replaced {
            Some(end) => typed.strip_suffix(end).unwrap_or_default(),
            None if typed.starts_with('-') => match typed.find('=') {
                Some(at) => &typed[..=at],
                None => "",
            },
            None => "",
        };
        Self {
            kept: kept.to_owned(),
        }
    }

    /// The part of a whole word; a word that does not begin as the typed one stays whole.
    pub fn of<'w>(&self, word: &'w str) -> &'w str {
        word.strip_prefix(self.kept.as_str()).unwrap_or(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_apart_as_bash_does() {
        for (line, wanted, why) in [
            ("kf ", &[""][..], "nothing typed yet"),
            ("kf", &["kf"], "not even a blank"),
            ("kf explain  we", &["explain", "we"], "words"),
            ("kf explain web ", &["explain", "web", ""], "a new word"),
            ("kf -n 'my shop' ", &["-n", "my shop", ""], "quotes"),
            ("kf -n 'my sh", &["-n", "my sh"], "open quotes"),
            (
                "kf -n \"my \\\"sh\\o",
                &["-n", "my \"sh\\o"],
                "the other ones",
            ),
            ("kf -n my\\ sh", &["-n", "my sh"], "a backslash"),
            (
                "kf a''b \"\" ",
                &["a''b".replace('\'', "").as_str(), "", ""],
                "nothing in quotes",
            ),
            ("kf --context=a:b", &["--context=a:b"], "no cuts at = and :"),
            ("kf $(touch x) ", &["$(touch", "x)", ""], "nothing is run"),
            ("kf \\", &[""], "a backslash at the end"),
        ] {
            assert_eq!(words_of_line(line), wanted, "{why}");
        }
    }

    #[test]
    fn answers_are_cut_to_what_the_shell_replaces() {
        for (typed, replaced, word, wanted) in [
            ("--context=pr", None, "--context=prod", "prod"),
            ("-n=sh", None, "-n=shop", "shop"),
            ("-nsh", None, "-nshop", "-nshop"),
            ("we", None, "web", "web"),
            ("a=b", None, "a=bc", "a=bc"),
            (
                "--context=arn:aws:e",
                Some("e"),
                "--context=arn:aws:eks",
                "eks",
            ),
            ("--context=arn:", Some(""), "--context=arn:aws", "aws"),
            (
                "--context=pr",
                Some("--context=pr"),
                "--context=prod",
                "--context=prod",
            ),
            ("labelm", Some("labelm"), "LabelMismatch", "LabelMismatch"),
            ("my sh", Some("my\\ sh"), "my shop", "my shop"),
        ] {
            let cut = Cut::new(typed, replaced);
            assert_eq!(cut.of(word), wanted, "{typed} {replaced:?}");
        }
    }
}
