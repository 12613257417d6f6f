//! The commands in a block of shell: enough of its grammar for what documents show, and no more.

/// What stands between commands, or around them.
const KEYWORDS: &[&str] = &[
    "do", "done", "then", "fi", "if", "else", "while", "until", "esac", "{", "}", "!", "time",
];

/// Returns every simple command of a block, in order, those in `$(…)` after the one they stand in: its words without quotes,
/// assignments before it, and redirections.
pub fn commands(block: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut scan = Scan {
        letters: block.replace("\\\n", " ").chars().collect(),
        at: 0,
    };
    scan.block(&mut found, None);
    found
        .into_iter()
        .filter_map(|words| simple(&words))
        .collect()
}

struct Scan {
    letters: Vec<char>,
    at: usize,
}

impl Scan {
    fn next(&mut self) -> Option<char> {
        let letter = self.letters.get(self.at).copied();
        self.at += 1;
        letter
    }

    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    /// Reads commands up to the closing letter, or to the end.
    fn block(&mut self, found: &mut Vec<Vec<String>>, close: Option<char>) {
        let mut words: Vec<String> = Vec::new();
        let mut word: Option<String> = None;
        let mut inner = Vec::new();
        while let Some(letter) = self.next() {
            match letter {
                _ if Some(letter) == close => break,
                '\'' => {
                    let quoted: String = std::iter::from_fn(|| self.next())
                        .take_while(|letter| *letter != '\'')
                        .collect();
                    word.get_or_insert_default().push_str(&quoted);
                }
                '"' => {
                    let text = word.get_or_insert_default();
                    while let Some(letter) = self.next() {
                        match letter {
                            '"' => break,
                            '\\' => text.extend(self.next()),
                            '$' if self.peek() == Some('(') => self.substitution(text, &mut inner),
                            _ => text.push(letter),
                        }
                    }
                }
                '\\' => word.get_or_insert_default().extend(self.next()),
                '$' if self.peek() == Some('(') => {
                    self.substitution(word.get_or_insert_default(), &mut inner);
                }
                '#' if word.is_none() => {
                    while self.peek().is_some_and(|letter| letter != '\n') {
                        self.at += 1;
                    }
                }
                ' ' | '\t' => words.extend(word.take()),
                // A redirection to a descriptor is no end.
                '&' if word.as_deref().is_some_and(|word| word.ends_with('>')) => {
                    word.get_or_insert_default().push(letter);
                }
                // Before it stood a pattern of `case`.
                ')' => {
                    word = None;
                    words.clear();
                }
                '\n' | ';' | '|' | '&' | '(' => {
                    words.extend(word.take());
                    found.push(std::mem::take(&mut words));
                }
                _ => word.get_or_insert_default().push(letter),
            }
        }
        words.extend(word.take());
        found.push(words);
        found.append(&mut inner);
    }

    fn substitution(&mut self, word: &mut String, inner: &mut Vec<Vec<String>>) {
        self.at += 1;
        self.block(inner, Some(')'));
        word.push_str("$(…)");
    }
}

/// The command itself: without keywords, assignments before it, and redirections. `None` where nothing is left.
fn simple(words: &[String]) -> Option<Vec<String>> {
    let mut words = words
        .iter()
        .skip_while(|word| KEYWORDS.contains(&word.as_str()) || is_assignment(word))
        .peekable();
    // Lists of words, and patterns of `case`, are no commands.
    if matches!(
        words.peek().map(|word| word.as_str()),
        Some("for" | "case" | "in")
    ) {
        return None;
    }
    let mut command = Vec::new();
    while let Some(word) = words.next() {
        let target = word.trim_start_matches(|letter: char| letter.is_ascii_digit());
        if let Some(rest) = target.strip_prefix(['>', '<']) {
            if rest.trim_start_matches('>').is_empty() {
                words.next();
            }
            continue;
        }
        command.push(word.clone());
    }
    (!command.is_empty()).then_some(command)
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .chars()
                .all(|letter| letter == '_' || letter.is_ascii_alphanumeric())
    })
}

#[test]
#[allow(dead_code, reason = "the live tests have a runner of their own")]
fn commands_are_found() {
    let of = |text: &str| -> Vec<String> {
        commands(text)
            .into_iter()
            .map(|words| words.join(" "))
            .collect()
    };
    for (block, wanted) in [
        ("a b  # c", vec!["a b"]),
        (
            "a 'b c' \"d $x\" | e > f 2>&1 && g",
            vec!["a b c d $x", "e", "g"],
        ),
        ("a \\\n  -b", vec!["a -b"]),
        (
            "for x in $(a b); do\n  c \"$x\" >> d\ndone",
            vec!["c $x", "a b"],
        ),
        ("X=1 a\nexport Y=2; b", vec!["a", "export Y=2", "b"]),
        ("x=$(a | b)", vec!["a", "b"]),
        ("a > \"b\"; c", vec!["a", "c"]),
        (
            "case $x in *.y) { a; b; } > c ;; esac\ncase $x in */y/*) ;; *) d ;; esac",
            vec!["a", "b", "d"],
        ),
        ("while read -r x; do a; done", vec!["read -r x", "a"]),
        (
            "a -o jsonpath='{.b[?(@.c==\"d\")]}'",
            vec!["a -o jsonpath={.b[?(@.c==\"d\")]}"],
        ),
    ] {
        assert_eq!(of(block), wanted, "{block}");
    }
}
