//! Templates, one row a rule.
