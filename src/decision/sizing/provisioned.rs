//! The size that AWS says a pod has.

use super::Shape;

/// The annotation in which AWS writes a pod's size: what it may use and what is billed. Setting it has no effect.
///
/// Source: EKS User Guide, "Fargate Pod configuration"; aws/containers-roadmap#1309.
pub const CAPACITY_ANNOTATION: &str = "CapacityProvisioned";

/// The most digits before the point of an amount; far above any size there is.
const MOST_DIGITS: usize = 6;

/// Reads a value of [`CAPACITY_ANNOTATION`], such as `0.25vCPU 0.5GB`.
///
/// A size that is in no table of ours is as good as any: AWS wrote it. `None` where the text is no size.
pub fn parse_provisioned(text: &str) -> Option<Shape> {
    let mut words = text.split_ascii_whitespace();
    let cpu = words.next()?.strip_suffix("vCPU")?;
    let memory = words.next()?.strip_suffix("GB")?;
    if words.next().is_some() {
        return None;
    }
    let shape = Shape::new(
        thousandths(cpu)?,
        (thousandths(memory)? * 1024 + 500) / 1000,
    );
    (shape.cpu_millicores > 0 && shape.memory_mib > 0).then_some(shape)
}

/// A decimal of plain digits, in thousandths; further digits of the fraction are cut.
fn thousandths(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |digits: &str| {
        !digits.is_empty()
            && digits.len() <= MOST_DIGITS
            && digits.bytes().all(|digit| digit.is_ascii_digit())
    };
    if !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let fraction = format!("{fraction:0<3}");
    Some(whole.parse::<u64>().ok()? * 1000 + fraction[..3].parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::sizing::all_shapes;

    #[test]
    fn sizes_as_aws_writes_them() {
        let rows = [
            ("0.25vCPU 0.5GB", Some((250, 512)), "the smallest"),
            ("2vCPU 9GB", Some((2000, 9216)), "whole numbers"),
            (
                "32vCPU 244GB",
                Some((32_000, 244 * 1024)),
                "in no table of ours",
            ),
            (" 1vCPU  2GB ", Some((1000, 2048)), "blanks do not matter"),
            ("1.0vCPU 2.00GB", Some((1000, 2048)), "zeros do not matter"),
            ("", None, "empty"),
            ("0.25vCPU", None, "half of it"),
            ("0.25 vCPU 0.5 GB", None, "units stand at the numbers"),
            ("0.25vCPU 0.5GB 1GPU", None, "something more"),
            ("vCPU GB", None, "no numbers"),
            ("0vCPU 0GB", None, "nothing is no size"),
            ("0vCPU 2GB", None, "no vCPU"),
            ("1vCPU 0GB", None, "no memory"),
            ("-1vCPU 2GB", None, "less than nothing"),
            ("1e3vCPU 2GB", None, "digits only"),
            ("1.vCPU 2GB", None, "a point and nothing after it"),
            (".5vCPU 2GB", None, "a point and nothing before it"),
            ("1.2.3vCPU 2GB", None, "two points"),
            ("99999999999999999999vCPU 2GB", None, "too many digits"),
            ("\u{1b}[31m1vCPU 2GB", None, "control characters"),
            ("١vCPU 2GB", None, "digits of another script"),
        ];
        for (text, size, why) in rows {
            let wanted = size.map(|(cpu, memory)| Shape::new(cpu, memory));
            assert_eq!(parse_provisioned(text), wanted, "{text:?}: {why}");
        }
    }

    #[test]
    fn every_size_is_read_back_as_it_is_told() {
        for shape in all_shapes() {
            let told = shape
                .to_string()
                .replace(" vCPU", "vCPU")
                .replace(" GB", "GB");
            assert_eq!(parse_provisioned(&told), Some(shape), "{told}");
        }
    }
}
