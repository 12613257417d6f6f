//! The sizes that a Fargate pod may have, as data.

use std::fmt;

/// One row of the table: a CPU size, and the memory sizes that go with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// CPU in millicores.
    pub cpu_millicores: u64,
    /// The smallest memory in MiB.
    pub least_memory_mib: u64,
    /// The largest memory in MiB.
    pub most_memory_mib: u64,
    /// The step from one memory size to the next in MiB.
    pub step_mib: u64,
}

const GIB: u64 = 1024;

/// All sizes, smallest CPU first, then smallest memory. 0.25 vCPU stands in two rows: its steps are not even.
///
/// Source: EKS User Guide, "Fargate Pod configuration", the table of vCPU and memory values. 1 GB is taken as 1024 MiB,
/// as Amazon ECS writes the same sizes.
pub const ROWS: &[Row] = &[
    row(250, GIB / 2, GIB / 2, GIB / 2),
    row(250, GIB, 2 * GIB, GIB),
    row(500, GIB, 4 * GIB, GIB),
    row(1_000, 2 * GIB, 8 * GIB, GIB),
    row(2_000, 4 * GIB, 16 * GIB, GIB),
    row(4_000, 8 * GIB, 30 * GIB, GIB),
    row(8_000, 16 * GIB, 60 * GIB, 4 * GIB),
    row(16_000, 32 * GIB, 120 * GIB, 8 * GIB),
];

const fn row(
    cpu_millicores: u64,
    least_memory_mib: u64,
    most_memory_mib: u64,
    step_mib: u64,
) -> Row {
    Row {
        cpu_millicores,
        least_memory_mib,
        most_memory_mib,
        step_mib,
    }
}

impl Row {
    /// The smallest memory of the row that holds `memory_mib`.
    fn memory_for(&self, memory_mib: u64) -> Option<u64> {
        let above = memory_mib.saturating_sub(self.least_memory_mib);
        (memory_mib <= self.most_memory_mib)
            .then(|| self.least_memory_mib + above.div_ceil(self.step_mib) * self.step_mib)
    }
}

/// The largest size. Its row has both the most CPU and the most memory.
pub const LARGEST: Shape = Shape {
    cpu_millicores: ROWS[ROWS.len() - 1].cpu_millicores,
    memory_mib: ROWS[ROWS.len() - 1].most_memory_mib,
};
/// The CPU of the largest size, in millicores.
pub const LARGEST_CPU_MILLICORES: u64 = LARGEST.cpu_millicores;
/// The memory of the largest size, in MiB.
pub const LARGEST_MEMORY_MIB: u64 = LARGEST.memory_mib;

/// A size of a Fargate pod. One that AWS reports need not be in [`ROWS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    /// CPU in millicores.
    pub cpu_millicores: u64,
    /// Memory in MiB, Kubernetes' own part with it.
    pub memory_mib: u64,
}

impl Shape {
    /// A size by its amounts.
    pub const fn new(cpu_millicores: u64, memory_mib: u64) -> Self {
        Self {
            cpu_millicores,
            memory_mib,
        }
    }

    /// Returns the size that Fargate gives for a need: the smallest CPU that suffices, with the smallest memory that goes
    /// with it and suffices; where that CPU has no such memory, the next larger CPU. `None` where no size holds it.
    ///
    /// Source: EKS User Guide, "Fargate Pod configuration": rounded up to the closest size, and 1 vCPU with 8 GB of
    /// requests becomes 2 vCPU and 9 GB. That CPU goes first is inferred from that example.
    pub fn smallest_for(cpu_millicores: u64, memory_mib: u64) -> Option<Self> {
        ROWS.iter()
            .filter(|row| row.cpu_millicores >= cpu_millicores)
            .find_map(|row| {
                let memory_mib = row.memory_for(memory_mib)?;
                Some(Self::new(row.cpu_millicores, memory_mib))
            })
    }

    /// Whether it has at least so much.
    pub fn holds(self, cpu_millicores: u64, memory_mib: u64) -> bool {
        self.cpu_millicores >= cpu_millicores && self.memory_mib >= memory_mib
    }

    /// The size that a need would come to which asks for the next smaller memory of this CPU, with the memory (Kubernetes'
    /// part with it) that it may then need at the most.
    pub fn with_less_memory(self, cpu_millicores: u64) -> Option<(Self, u64)> {
        let less = all_shapes()
            .filter(|shape| shape.cpu_millicores == self.cpu_millicores)
            .map(|shape| shape.memory_mib)
            .filter(|memory| *memory < self.memory_mib)
            .max()?;
        Some((Self::smallest_for(cpu_millicores, less)?, less))
    }

    /// The size that a need would come to which asks for the next smaller CPU, with the CPU that it may then ask for.
    pub fn with_less_cpu(self, memory_mib: u64) -> Option<(Self, u64)> {
        let less = ROWS
            .iter()
            .map(|row| row.cpu_millicores)
            .filter(|cpu| *cpu < self.cpu_millicores)
            .max()?;
        let shape = Self::smallest_for(less, memory_mib)?;
        (shape.cpu_millicores < self.cpu_millicores).then_some((shape, less))
    }
}

/// All sizes, in the order of [`ROWS`].
pub fn all_shapes() -> impl Iterator<Item = Shape> {
    ROWS.iter().flat_map(|row| {
        (0..=(row.most_memory_mib - row.least_memory_mib) / row.step_mib).map(|step| {
            Shape::new(
                row.cpu_millicores,
                row.least_memory_mib + step * row.step_mib,
            )
        })
    })
}

/// As AWS writes it, with blanks before the units: `0.25 vCPU 0.5 GB`.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let thousandths_of_gb = (self.memory_mib * 1000 + 512) / 1024;
        write!(
            f,
            "{} vCPU {} GB",
            thousandths(self.cpu_millicores),
            thousandths(thousandths_of_gb)
        )
    }
}

/// A number of thousandths as a decimal, without zeros at its end.
pub(super) fn thousandths(amount: u64) -> String {
    let (whole, rest) = (amount / 1000, amount % 1000);
    if rest == 0 {
        return whole.to_string();
    }
    format!("{whole}.{rest:03}")
        .trim_end_matches('0')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn there_are_as_many_sizes_as_documented() {
        let shapes: Vec<Shape> = all_shapes().collect();
        assert_eq!(shapes.len(), 74);
        assert!(shapes.is_sorted(), "smallest first");
        assert_eq!(shapes[0].to_string(), "0.25 vCPU 0.5 GB");
        assert_eq!(LARGEST.to_string(), "16 vCPU 120 GB");
        assert_eq!(shapes.last(), Some(&LARGEST));
        assert_eq!(
            all_shapes().map(|shape| shape.memory_mib).max(),
            Some(LARGEST_MEMORY_MIB)
        );
    }

    #[test]
    fn next_smaller_sizes() {
        let rows = [
            // A size; CPU and memory needed; what less memory and what less CPU would come to.
            ((500, 1024), (300, 612), None, Some(((250, 1024), 250))),
            (
                (1000, 3072),
                (600, 2356),
                Some(((1000, 2048), 2048)),
                Some(((500, 3072), 500)),
            ),
            ((500, 3072), (100, 2756), Some(((250, 2048), 2048)), None),
            ((2000, 9216), (1000, 8448), Some(((1000, 8192), 8192)), None),
            ((250, 512), (0, 256), None, None),
            ((250, 1024), (100, 768), Some(((250, 512), 512)), None),
        ];
        for ((cpu, memory), need, by_memory, by_cpu) in rows {
            let shape = Shape::new(cpu, memory);
            assert_eq!(Shape::smallest_for(need.0, need.1), Some(shape));
            let told = |found: Option<(Shape, u64)>| {
                found.map(|(shape, most)| ((shape.cpu_millicores, shape.memory_mib), most))
            };
            assert_eq!(told(shape.with_less_memory(need.0)), by_memory, "{shape}");
            assert_eq!(told(shape.with_less_cpu(need.1)), by_cpu, "{shape}");
        }
    }

    proptest! {
        #[test]
        fn the_chosen_size_holds_the_need_and_no_smaller_one_does(
            cpu in 0_u64..17_000, memory in 0_u64..126_000,
        ) {
            match Shape::smallest_for(cpu, memory) {
                Some(chosen) => {
                    prop_assert!(chosen.holds(cpu, memory));
                    prop_assert!(all_shapes().any(|shape| shape == chosen));
                    for shape in all_shapes().filter(|shape| *shape < chosen) {
                        prop_assert!(!shape.holds(cpu, memory), "{shape} would do");
                    }
                }
                None => prop_assert!(!LARGEST.holds(cpu, memory)),
            }
        }
    }
}
