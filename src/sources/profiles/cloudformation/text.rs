//! Text of which a part may not be known.

/// Longer than anything that EKS takes; a limit for hostile templates, in bytes.
pub(super) const LONGEST: usize = 16 << 10;

/// A text; what is not known of it stands in it as `*`, so that it is a pattern for all that it may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    pattern: String,
    is_known: bool,
}

impl Text {
    /// A text that is known.
    pub(super) fn known(text: impl Into<String>) -> Self {
        Self {
            pattern: text.into(),
            is_known: true,
        }
    }

    /// A text of which nothing is known.
    pub(super) fn unknown() -> Self {
        Self {
            pattern: "*".to_owned(),
            is_known: false,
        }
    }

    /// Adds another at its end.
    pub(super) fn push(&mut self, more: &Self) {
        if self.pattern.len() + more.pattern.len() > LONGEST {
            *self = Self::unknown();
            return;
        }
        let is_repeated = !self.is_known && !more.is_known && self.pattern.ends_with('*');
        let added = match more.pattern.strip_prefix('*') {
            Some(rest) if is_repeated => rest,
            _ => &more.pattern,
        };
        self.pattern.push_str(added);
        self.is_known &= more.is_known;
    }

    /// The text, where all of it is known.
    pub(super) fn whole(&self) -> Option<&str> {
        self.is_known.then_some(self.pattern.as_str())
    }

    /// The pattern for all that it may be.
    pub(super) fn pattern(&self) -> &str {
        &self.pattern
    }

    /// A text as a template holds it.
    pub(super) fn literal(text: &str) -> Self {
        if text.len() > LONGEST {
            return Self::unknown();
        }
        Self::known(text).settled()
    }

    /// The same, where what only AWS can tell (`{{resolve:ssm:NAME}}`) is not known, nor what another tool is yet to put in
    /// (`${self:provider.stage}`, `{{ stage }}`): nothing that EKS takes has such marks in it. They may come together of parts, so
    /// this is asked of the whole.
    ///
    /// Source: CloudFormation User Guide, "Get values stored in other services using dynamic references".
    pub(super) fn settled(self) -> Self {
        let part = |pattern: &str| Self {
            pattern: pattern.to_owned(),
            is_known: self.is_known,
        };
        let mut settled = Self::known("");
        let mut rest = self.pattern.as_str();
        while let Some((before, after, closing)) = opened(rest) {
            let Some((_, behind)) = after.split_once(closing) else {
                if self.is_known {
                    break; // A part of one; the whole is asked again.
                }
                settled.push(&part(before));
                settled.push(&Self::unknown());
                return settled;
            };
            settled.push(&part(before));
            settled.push(&Self::unknown());
            rest = behind;
        }
        settled.push(&part(rest));
        settled
    }
}

/// What stands before the first opening mark and after it, and the mark that closes it.
fn opened(text: &str) -> Option<(&str, &str, &'static str)> {
    [("{{", "}}"), ("${", "}")]
        .into_iter()
        .filter_map(|(opening, closing)| {
            let (before, after) = text.split_once(opening)?;
            Some((before, after, closing))
        })
        .min_by_key(|(before, ..)| before.len())
}
