//! Kubernetes quantities: `500m`, `1.5Gi`, `2e3`, `0.25`, `128974848`.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, Visitor};

/// A quantity, kept exact: `digits × 10^decimal × 2^binary`. Negative ones are not taken: no request or limit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantity {
    digits: u128,
    decimal: i32,
    binary: u32,
}

/// Text that is no quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a quantity")]
pub struct NotAQuantity(String);

impl Quantity {
    /// Nothing.
    pub const ZERO: Self = Self {
        digits: 0,
        decimal: 0,
        binary: 0,
    };

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.digits == 0
    }

    /// The amount in units, rounded up; too large ones give the largest number.
    pub fn units(self) -> u64 {
        self.scaled(0)
    }

    /// The amount in thousandths, rounded up; too large ones give the largest number.
    pub fn thousandths(self) -> u64 {
        self.scaled(3)
    }

    fn scaled(self, places: i32) -> u64 {
        if self.digits == 0 {
            return 0;
        }
        let power = self.decimal.saturating_add(places);
        let factor = 1_u128.checked_shl(self.binary);
        let Some(amount) = factor.and_then(|factor| self.digits.checked_mul(factor)) else {
            return u64::MAX;
        };
        let ten = 10_u128.checked_pow(power.unsigned_abs());
        let amount = match (power >= 0, ten) {
            (true, Some(ten)) => amount.checked_mul(ten),
            (true, None) => None,
            (false, Some(ten)) => Some(amount.div_ceil(ten)),
            (false, None) => Some(1), // smaller than anything we count in, and not zero
        };
        amount
            .and_then(|amount| u64::try_from(amount).ok())
            .unwrap_or(u64::MAX)
    }
}

impl FromStr for Quantity {
    type Err = NotAQuantity;

    /// Source: Kubernetes API reference, "Quantity" (`n u m "" k M G T P E`, `Ki Mi Gi Ti Pi Ei`, `e3`, `E3`).
    fn from_str(text: &str) -> Result<Self, NotAQuantity> {
        let wrong = || NotAQuantity(text.chars().take(40).collect());
        let unsigned = text.strip_prefix('+').unwrap_or(text);
        let end = unsigned
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return Err(wrong());
        }
        // Digits beyond what the API server itself keeps (nano) cannot change an amount rounded up by more than one; zeros at the end change nothing.
        let fraction = fraction.trim_end_matches('0');
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        let digits = match digits {
            "" => 0,
            digits => digits.parse().map_err(|_| wrong())?,
        };
        let (exponent, binary) = match suffix {
            "" => (0, 0),
            "n" => (-9, 0),
            "u" => (-6, 0),
            "m" => (-3, 0),
            "k" => (3, 0),
            "M" => (6, 0),
            "G" => (9, 0),
            "T" => (12, 0),
            "P" => (15, 0),
            "E" => (18, 0),
            "Ki" => (0, 10),
            "Mi" => (0, 20),
            "Gi" => (0, 30),
            "Ti" => (0, 40),
            "Pi" => (0, 50),
            "Ei" => (0, 60),
            exponent => {
                let power = exponent.strip_prefix(['e', 'E']).ok_or_else(wrong)?;
                (power.parse::<i16>().map_err(|_| wrong())?.into(), 0)
            }
        };
        let places = i32::try_from(fraction.len()).map_err(|_| wrong())?;
        Ok(Self {
            digits,
            decimal: exponent - places,
            binary,
        })
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct QuantityVisitor;
        impl Visitor<'_> for QuantityVisitor {
            type Value = Quantity;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a quantity such as 500m or 2Gi")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Quantity, E> {
                text.parse()
                    .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Quantity, E> {
                self.visit_str(&number.to_string())
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Quantity, E> {
                self.visit_str(&number.to_string())
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Quantity, E> {
                self.visit_str(&number.to_string())
            }
            fn visit_unit<E: de::Error>(self) -> Result<Quantity, E> {
                Ok(Quantity::ZERO)
            }
        }
        deserializer.deserialize_any(QuantityVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notation() {
        for (text, thousandths, units, why) in [
            ("0", 0, 0, "nothing"),
            ("1", 1000, 1, "plain"),
            ("500m", 500, 1, "rounded up to whole units"),
            ("1500m", 1500, 2, "rounded up"),
            ("0.25", 250, 1, "decimal point"),
            (".5", 500, 1, "no digit before the point"),
            ("5.", 5000, 5, "no digit after it"),
            ("0.0001", 1, 1, "a tenth of a millicore is one"),
            ("100n", 1, 1, "nano"),
            ("250u", 1, 1, "micro"),
            ("1k", 1_000_000, 1000, "kilo"),
            ("1Ki", 1_024_000, 1024, "kibi"),
            ("128Mi", 134_217_728_000, 134_217_728, "mebi"),
            (
                "1.5Gi",
                1_610_612_736_000,
                1_610_612_736,
                "a fraction of a gibi",
            ),
            ("64M", 64_000_000_000, 64_000_000, "mega"),
            ("1G", 1_000_000_000_000, 1_000_000_000, "giga"),
            ("1Ti", 1_099_511_627_776_000, 1_099_511_627_776, "tebi"),
            ("2e3", 2_000_000, 2000, "exponent"),
            ("2E3", 2_000_000, 2000, "upper-case exponent"),
            ("12e-1", 1200, 2, "negative exponent"),
            (
                "1E",
                u64::MAX,
                1_000_000_000_000_000_000,
                "exa, not an exponent",
            ),
            ("1Ei", u64::MAX, 1_152_921_504_606_846_976, "exbi"),
            ("+1", 1000, 1, "a sign"),
            ("128974848", 128_974_848_000, 128_974_848, "bytes"),
            ("129e6", 129_000_000_000, 129_000_000, "bytes, exponent"),
            (
                "123456789012345678901234567890",
                u64::MAX,
                u64::MAX,
                "too large",
            ),
            ("1e30000", u64::MAX, u64::MAX, "far too large"),
            ("1e-30000", 1, 1, "tiny, yet not nothing"),
            ("0e30000", 0, 0, "nothing, however often"),
        ] {
            let quantity: Quantity = text.parse().expect(text);
            assert_eq!(quantity.thousandths(), thousandths, "{text}: {why}");
            assert_eq!(quantity.units(), units, "{text}: {why}");
        }
    }

    #[test]
    fn what_is_none() {
        for text in [
            "", ".", "-1", "1.2.3", "1KB", "1ki", "Mi", "1 Gi", "e3", "1e", "1e99999", "٣", "0x10",
            "1Gi ",
        ] {
            assert!(text.parse::<Quantity>().is_err(), "{text}");
        }
        assert!("9".repeat(60).parse::<Quantity>().is_err());
    }

    #[test]
    fn numbers_are_taken_too() {
        for (json, thousandths) in [
            ("1", 1000),
            ("0.5", 500),
            ("1e3", 1_000_000),
            ("\"2\"", 2000),
            ("null", 0),
        ] {
            let quantity: Quantity = serde_json::from_str(json).expect(json);
            assert_eq!(quantity.thousandths(), thousandths, "{json}");
        }
        assert!(serde_json::from_str::<Quantity>("-1").is_err());
        assert!(serde_json::from_str::<Quantity>("[]").is_err());
    }
}
