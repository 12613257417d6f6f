//! How messages read: over all scenarios, each finding's message is short, whole sentences, and no echo of the summary.

use serde_json::Value;

use super::{cases, report_on};

/// What a person reads at once.
const MOST_LINES: usize = 3;
/// The width of a terminal that nobody has made wider.
const WIDTH: usize = 80;
/// Where the decisive finding of a story begins, and where the others do.
const INDENTS: [usize; 2] = [2, 6];
/// So many words in a row that the summary has as well are told twice.
const ECHO: usize = 8;

#[test]
fn every_message_is_short_and_well_formed() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for case in cases() {
        let report = report_on(&case.gathered.snapshot, &case.gathered.subjects);
        for pod in report["pods"].as_array().into_iter().flatten() {
            for finding in pod["findings"].as_array().into_iter().flatten() {
                seen += 1;
                for flaw in flaws(pod, finding) {
                    wrong.push(format!(
                        "{} {}: {}: {flaw}\n    {}",
                        case.name,
                        text(&pod["name"]),
                        text(&finding["reason"]),
                        text(&finding["message"])
                    ));
                }
            }
        }
    }
    assert!(seen > 500, "only {seen} findings were read");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn flaws(pod: &Value, finding: &Value) -> Vec<String> {
    let message = text(&finding["message"]);
    let own = own_words(finding, message);
    let mut flaws = Vec::new();
    let is_decisive = finding["reason"] == pod["reason"];
    let lead = match finding["certainty"].as_str() {
        None | Some("Certain") => format!("{}:", text(&finding["reason"])),
        Some(certainty) => format!(
            "{}, {}:",
            text(&finding["reason"]),
            certainty.to_lowercase()
        ),
    };
    let width = WIDTH - INDENTS[usize::from(!is_decisive)];
    let lines = lines(&format!("{lead} {own}"), width);
    if lines > MOST_LINES {
        flaws.push(format!("takes {lines} lines"));
    }
    if !message.ends_with('.')
        && ![".\"", "!\"", "?\""]
            .iter()
            .any(|end| message.ends_with(end))
    {
        flaws.push("has no full stop".to_owned());
    }
    for bad in ["  ", "..", " .", " ,", "::", "likely likely"] {
        if own.contains(bad) {
            flaws.push(format!("has {bad:?} in it"));
        }
    }
    let sentences = std::iter::once(own.as_str()).chain(own.split(". ").skip(1));
    for sentence in sentences {
        let first = sentence.split_whitespace().next().unwrap_or_default();
        if first.starts_with(|c: char| c.is_ascii_lowercase()) && !is_name(finding, first) {
            flaws.push(format!("begins a sentence with {first:?}"));
        }
    }
    if is_decisive && let Some(echo) = echo(&own, text(&pod["summary"])) {
        flaws.push(format!("repeats the summary: {echo:?}"));
    }
    flaws
}

/// A word that is a name: written with more than letters, or standing in the evidence.
fn is_name(finding: &Value, word: &str) -> bool {
    word.contains(|c: char| !c.is_ascii_lowercase())
        || evidence_of(finding)
            .iter()
            .any(|text| text.split_whitespace().any(|known| known == word))
}

/// The message without what it quotes of the cluster, and without paths of files. A quotation is what stands between the
/// first and the last quotation mark, if the evidence of the finding has it, whole or in pieces around what was left out.
fn own_words(finding: &Value, message: &str) -> String {
    let mut own = message.to_owned();
    if let (Some(start), Some(end)) = (message.find('"'), message.rfind('"'))
        && start < end
    {
        let quotation = plain(&message[start + 1..end]);
        let evidence: Vec<String> = evidence_of(finding)
            .iter()
            .map(|text| plain(text))
            .collect();
        let is_quoted = quotation.split('…').all(|piece| {
            let piece = piece.trim().trim_end_matches('.');
            evidence.iter().any(|text| text.contains(piece))
        });
        if is_quoted {
            own = format!("{}{}", &message[..=start], &message[end..]);
        }
    }
    let words = own.split(' ').map(|word| match word.starts_with('/') {
        true => "/FILE",
        false => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

fn evidence_of(finding: &Value) -> Vec<&str> {
    let evidence = finding["evidence"].as_array().into_iter().flatten();
    evidence
        .filter_map(|evidence| evidence["found"].as_str())
        .collect()
}

/// Returns the longest run of words that both texts have, where it is long enough to be told twice.
fn echo(own: &str, summary: &str) -> Option<String> {
    let words = |text: &str| -> Vec<String> {
        text.split_whitespace()
            .map(|word| word.trim_matches([',', ';', ':', '.', '"']).to_lowercase())
            .collect()
    };
    let (own, summary) = (words(own), words(summary));
    let runs = own.windows(ECHO);
    runs.into_iter()
        .find(|run| summary.windows(ECHO).any(|other| other == *run))
        .map(|run| run.join(" "))
}

/// How many lines a text takes, broken at blanks; a word that is too long for a line is broken where the line ends.
fn lines(text: &str, width: usize) -> usize {
    let (mut lines, mut column) = (1, 0);
    for word in text.split_whitespace() {
        let long = word.chars().count();
        if column > 0 && column + 1 + long > width {
            lines += 1;
            column = 0;
        }
        column += long + usize::from(column > 0);
        lines += column.saturating_sub(1) / width;
        column -= column.saturating_sub(1) / width * width;
    }
    lines
}

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[test]
fn lines_are_counted_as_a_terminal_breaks_them() {
    let rows = [
        ("", 1),
        ("ab cd", 1),
        ("abc def", 2),
        ("abcdefgh", 2),
        ("a bcdef gh", 3),
    ];
    for (text, expected) in rows {
        assert_eq!(lines(text, 5), expected, "{text:?}");
    }
}

#[test]
fn flaws_are_found() {
    let finding = |message: &str| {
        serde_json::json!({
            "reason": "A", "message": message,
            "evidence": [{"found": format!("no room{}", " for it".repeat(50))}],
        })
    };
    let pod = serde_json::json!({"reason": "A", "summary": "web runs on EC2: nothing else is to be said of it."});
    let quoting = format!("AWS says: \"no room{}\".", " for it".repeat(50));
    let rows = [
        ("All is well.", 0, "as it should be"),
        (quoting.as_str(), 0, "a quotation takes its own room"),
        ("All is well", 1, "no full stop"),
        ("All  is well.", 1, "two blanks"),
        ("All is well..", 1, "two full stops"),
        ("all is well.", 1, "a small letter"),
        ("All is. well it is.", 1, "a small letter, later"),
        ("fargate-scheduler says so.", 0, "a name"),
    ];
    for (message, expected, why) in rows {
        let found = flaws(&pod, &finding(message));
        assert_eq!(found.len(), expected, "{why}: {found:?}");
    }
    let long = format!("It is{}.", " very".repeat(60));
    assert_eq!(flaws(&pod, &finding(&long)).len(), 1, "too long");
    let echoing = "On EC2: nothing else is to be said of it, for it runs on EC2: nothing else is to be said of it.";
    let summary = serde_json::json!({"reason": "A", "summary": echoing});
    assert_eq!(flaws(&summary, &finding(echoing)).len(), 1, "told twice");
}
