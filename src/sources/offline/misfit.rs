//! Texts that are neither JSON nor YAML, as people give them: the error of a command, a table, a web page.

/// How tools begin what they print when they fail; it ends in the file where their error output was sent there too.
const ERRORS_BEGIN: [&str; 8] = [
    "An error occurred (",
    "aws: [ERROR]",
    "aws: error:",
    "Error from server",
    "Error: ",
    "Unable to connect to the server",
    "Unable to locate credentials",
    "error: ",
];
/// How `aws … --output text` begins what it knows of Fargate profiles: the name of the object, then tabs.
const AWS_TEXT_BEGINS: [&str; 2] = ["FARGATEPROFILE\t", "FARGATEPROFILENAMES\t"];
/// How `eksctl get fargateprofile` heads its columns. Source: eksctl, `pkg/printers` and `get_fargateprofile.go`.
const EKSCTL_TABLE_BEGINS: &str = "NAME\tSELECTOR_NAMESPACE";
/// A line of an error that is longer is cut.
const LONGEST_ERROR: usize = 200;

/// What a text is that begins so, where that is known to be of no use, and what would be.
pub(super) fn misfit(head: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start();
    if let Some(error) = error_in_place_of_output(text) {
        return Some(format!(
            "it holds the error of a command in place of its output: {error}"
        ));
    }
    if AWS_TEXT_BEGINS
        .iter()
        .any(|beginning| text.starts_with(beginning))
    {
        return Some(
            "it is what `aws` prints with --output text; make it with --output json".to_owned(),
        );
    }
    if is_table_of_aws(text) {
        return Some(
            "it is what `aws` prints with --output table; make it with --output json".to_owned(),
        );
    }
    if text.starts_with(EKSCTL_TABLE_BEGINS) {
        return Some("it is a table of eksctl; make it with -o json".to_owned());
    }
    if text.starts_with('<') {
        return Some("it is HTML or XML; JSON or YAML is expected".to_owned());
    }
    None
}

/// The first line of the error that a command printed instead of what it was asked for.
fn error_in_place_of_output(text: &str) -> Option<String> {
    ERRORS_BEGIN
        .iter()
        .any(|beginning| text.starts_with(beginning))
        .then(|| text.lines().next().unwrap_or_default())
        .map(|line| line.trim_end().chars().take(LONGEST_ERROR).collect())
}

/// A line of dashes, then one between bars.
fn is_table_of_aws(text: &str) -> bool {
    let mut lines = text.lines();
    let is_rule = lines
        .next()
        .is_some_and(|line| line.len() > 3 && line.bytes().all(|byte| matches!(byte, b'-' | b'+')));
    is_rule && lines.next().is_some_and(|line| line.starts_with('|'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commands_print_in_place_of_data() {
        for (text, words) in [
            (
                "\nAn error occurred (AccessDeniedException) when calling\nmore",
                "AccessDenied",
            ),
            (
                "Unable to locate credentials. You can configure",
                "credentials",
            ),
            (
                "FARGATEPROFILE\tprod\t2023-06-17T14:33:46\tarn:aws",
                "--output text",
            ),
            ("FARGATEPROFILENAMES\tapps\n", "--output text"),
            (
                "-----------------\n|DescribeFargateProfile|\n+---+",
                "--output table",
            ),
            ("NAME\tSELECTOR_NAMESPACE\tSELECTOR_LABELS\n", "eksctl"),
            ("<html>", "HTML"),
        ] {
            let said = misfit(text.as_bytes()).unwrap_or_default();
            assert!(said.contains(words), "{text}: {said}");
            assert!(!said.contains("more"), "{said}");
        }
        for text in [
            "---\na: 1",
            "-----\na: 1",
            "a: 1",
            "{}",
            "",
            "Error:\n  a: 1\n",
            "--- |\n  x",
        ] {
            assert_eq!(misfit(text.as_bytes()), None, "{text}");
        }
    }
}
