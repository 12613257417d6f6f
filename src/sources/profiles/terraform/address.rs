//! Addresses of resources: `module.eks.module.fargate_profile["apps"].aws_eks_fargate_profile.this[0]`.

/// One step of an address: a name, and the key of one instance where it says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step<'a> {
    pub(super) name: &'a str,
    /// With its brackets: `["apps"]`, `[0]`; `None` where the address is of all instances.
    pub(super) key: Option<&'a str>,
}

impl std::fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)?;
        f.write_str(self.key.unwrap_or_default())
    }
}

/// The steps of an address or a reference. A key may hold any text, dots and brackets among it.
pub(super) fn steps(address: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut start = 0;
    let mut key_start = None;
    let mut is_quoted = false;
    let mut is_escaped = false;
    let mut is_in_key = false;
    let mut end = |start: usize, key_start: Option<usize>, end: usize| {
        let (name, key) = match key_start {
            Some(key_start) => (&address[start..key_start], Some(&address[key_start..end])),
            None => (&address[start..end], None),
        };
        steps.push(Step { name, key });
    };
    for (index, character) in address.char_indices() {
        if is_quoted {
            is_quoted = is_escaped || character != '"';
            is_escaped = !is_escaped && character == '\\';
            continue;
        }
        match character {
            '"' => is_quoted = is_in_key,
            '[' if !is_in_key => {
                is_in_key = true;
                key_start.get_or_insert(index);
            }
            ']' => is_in_key = false,
            '.' if !is_in_key => {
                end(start, key_start.take(), index);
                start = index + 1;
            }
            _ => {}
        }
    }
    end(start, key_start, address.len());
    steps
}

/// Where a resource stands: the modules around it, and what is left of its address.
pub(super) fn split_modules<'s, 'a>(steps: &'s [Step<'a>]) -> (Vec<Step<'a>>, &'s [Step<'a>]) {
    let mut modules = Vec::new();
    let mut rest = steps;
    while let [word, module, more @ ..] = rest
        && word.name == "module"
        && !more.is_empty()
    {
        modules.push(*module);
        rest = more;
    }
    (modules, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_with_keys_of_any_text() {
        for (address, wanted) in [
            ("a.b", &[("a", None), ("b", None)][..]),
            ("a.b[0]", &[("a", None), ("b", Some("[0]"))]),
            (
                r#"module.m["x.y[\"]"].a.b"#,
                &[
                    ("module", None),
                    ("m", Some(r#"["x.y[\"]"]"#)),
                    ("a", None),
                    ("b", None),
                ],
            ),
            (
                r#"a.b["c"].d["e"]"#,
                &[
                    ("a", None),
                    ("b", Some(r#"["c"]"#)),
                    ("d", Some(r#"["e"]"#)),
                ],
            ),
            ("a.b[0][1]", &[("a", None), ("b", Some("[0][1]"))]),
            ("", &[("", None)]),
            (r#"é.b["#, &[("é", None), ("b", Some("["))]),
        ] {
            let found: Vec<_> = steps(address)
                .iter()
                .map(|step| (step.name, step.key))
                .collect();
            assert_eq!(found, wanted, "{address}");
        }
        let all =
            steps(r#"module.eks.module.fargate_profile["apps"].aws_eks_fargate_profile.this[0]"#);
        let (modules, rest) = split_modules(&all);
        let modules: Vec<_> = modules.iter().map(ToString::to_string).collect();
        assert_eq!(modules, ["eks", r#"fargate_profile["apps"]"#]);
        assert_eq!(rest.len(), 2);
    }

    proptest::proptest! {
        #[test]
        fn no_text_does_harm(text in "[a-z.\\[\\]\"\\\\é]{0,40}") {
            let found = steps(&text);
            split_modules(&found);
        }
    }
}
