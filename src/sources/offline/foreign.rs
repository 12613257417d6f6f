//! Files that are neither JSON nor YAML, but known, so that it can be said what to give instead.

/// How a zip archive begins.
const ZIP_BEGINS: &[u8] = b"PK\x03\x04";
/// The blocks that a file of Terraform or OpenTofu may begin with.
const BLOCKS: [&str; 12] = [
    "check",
    "data",
    "import",
    "locals",
    "module",
    "moved",
    "output",
    "provider",
    "removed",
    "resource",
    "terraform",
    "variable",
];

/// What is wrong with a text that begins so; `None` for all that is not known here.
pub(super) fn problem(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(ZIP_BEGINS) {
        return Some(
            "it is a zip archive, as the plans are that Terraform saves; give what `terraform show -json PLAN` prints",
        );
    }
    is_terraform(head).then_some(
        "it is written in Terraform's own language; give what `terraform show -json` prints of its plan or state",
    )
}

/// Whether the first line that is no comment opens a block of Terraform's language: `resource "TYPE" "NAME" {`.
fn is_terraform(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let mut is_comment = false;
    for line in text.lines().map(str::trim) {
        if is_comment || line.starts_with("/*") {
            is_comment = !line.ends_with("*/");
        } else if !line.is_empty() && !line.starts_with('#') && !line.starts_with("//") {
            let mut words = line.split_whitespace();
            return words.next().is_some_and(|word| BLOCKS.contains(&word))
                && words.all(|word| word.starts_with(['"', '{']));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_terraform_keeps_that_is_not_json() {
        for (head, wanted) in [
            (
                &b"resource \"aws_eks_fargate_profile\" \"apps\" {\n"[..],
                Some("own language"),
            ),
            (
                b"# x\n\n// y\n/* z\n z */\nmodule \"eks\" {",
                Some("own language"),
            ),
            (b"terraform {\n", Some("own language")),
            (b"locals { a = 1 }", None),
            (b"PK\x03\x04\x14\x00", Some("zip archive")),
            (b"resource: {a: b}", None),
            (b"data:\n  a: b", None),
            (b"module eks", None),
            (
                b"apiVersion: v1\ndata:\n  main.tf: |\n    resource \"a\" \"b\" {",
                None,
            ),
            (b"", None),
        ] {
            let found = problem(head);
            let shown = String::from_utf8_lossy(head);
            match wanted {
                Some(words) => assert!(found.is_some_and(|found| found.contains(words)), "{shown}"),
                None => assert_eq!(found, None, "{shown}"),
            }
        }
    }
}
