//! What an input costs: instructions, which callgrind counts, and bytes of memory, which a counting allocator counts. Neither
//! depends on the load of the machine.
//!
//! A [`Law`] says what a byte of input may cost, and that twice the input costs about twice as much. A test asks for it:
//!
//! ```ignore
//! #[global_allocator]
//! static ALLOCATOR: PeakAlloc = PeakAlloc;
//!
//! #[test]
//! #[cfg_attr(debug_assertions, ignore = "counted in a release build: make cost")]
//! fn long_lines() {
//!     let law = Law { test: "long_lines", size: 1000, instructions: 300, memory: 20 };
//!     law.holds(|size| "x".repeat(size), String::len, |input| drop(read(input)));
//! }
//! ```
//!
//! The test runs itself again, under callgrind; there, in a process of its own, the input of each size is made, and the work on it
//! is counted. The work has a small stack, so whoever recurses as deep as the input says is found, too.

pub use peak_alloc::PeakAlloc;
use std::process::Command;

/// Says to the process under callgrind that it is to count.
const COUNTING: &str = "IKEWHY_COST";

/// Callgrind counts what [`counted`] calls, and writes the count down after each time. (Of two options with one pattern it obeys
/// one.)
const OPTIONS: [&str; 4] = [
    "--tool=callgrind",
    "--combine-dumps=yes",
    "--toggle-collect=ikewhy_fuzz::cost::counted*",
    "--dump-after=*counted*",
];

/// The stack of the work. A host's threads have as much at least.
const STACK: usize = 256 << 10;

/// The sizes that are counted, in multiples of a law's.
const SIZES: [usize; 3] = [1, 2, 4];

/// What doubles with its input may take a little more than twice as much: hash tables and vectors grow in steps. Beside that,
/// so many instructions or bytes of memory say nothing.
const DOUBLE: f64 = 2.4;
const NOTHING: f64 = 20_000.0;

/// What an input of a kind may cost.
#[derive(Debug)]
pub struct Law {
    /// The test that asks, by its full name.
    pub test: &'static str,
    /// The smallest size; twice and four times as much are counted as well.
    pub size: usize,
    /// At most so many instructions for a byte of input.
    pub instructions: u64,
    /// At most so many bytes of memory at once for a byte of input, beside the input itself.
    pub memory: u64,
}

/// What was counted.
#[derive(Debug, Clone, Copy)]
struct Cost {
    input: u64,
    instructions: u64,
    memory: u64,
}

impl Law {
    /// Makes the input of each size, does the work on it, and looks whether the law holds. `bytes` says how much was given.
    /// Input and result are made and dropped outside of what is counted.
    ///
    /// # Panics
    /// If the law does not hold, or nothing could be counted.
    pub fn holds<I: Sync, R: Send>(
        &self,
        made: impl Fn(usize) -> I,
        bytes: impl Fn(&I) -> usize,
        work: impl Fn(&I) -> R + Sync,
    ) {
        if std::env::var_os(COUNTING).is_some() {
            for times in SIZES {
                let input = made(self.size * times);
                let memory = memory(|| work(&input));
                println!("\ncounted {} {memory}", bytes(&input));
            }
            return;
        }
        let costs = self.count();
        for cost in &costs {
            println!(
                "{}: {} bytes: {} instructions and {} bytes of memory for each",
                self.test,
                cost.input,
                cost.instructions.div_ceil(cost.input),
                cost.memory.div_ceil(cost.input),
            );
        }
        for cost in &costs {
            assert!(
                cost.instructions <= self.instructions * cost.input
                    && cost.memory <= self.memory * cost.input,
                "{}: a byte may cost {} instructions and {} bytes: {cost:?}",
                self.test,
                self.instructions,
                self.memory,
            );
        }
        for pair in costs.windows(2) {
            let grown = |of: fn(&Cost) -> u64| {
                let [before, after] = [&pair[0], &pair[1]].map(|cost| of(cost) as f64);
                let input = pair[1].input as f64 / pair[0].input as f64;
                after <= DOUBLE / 2.0 * input * before + NOTHING
            };
            assert!(
                grown(|cost| cost.instructions) && grown(|cost| cost.memory),
                "{}: more than linear: {costs:?}",
                self.test,
            );
        }
    }

    /// Counts what inputs of all sizes cost.
    fn count(&self) -> Vec<Cost> {
        let name = self.test.replace("::", "-");
        let counts = std::env::temp_dir().join(format!("ikewhy-{name}-{}", std::process::id()));
        let mut command = Command::new("valgrind");
        command
            .args(OPTIONS)
            .arg(format!("--callgrind-out-file={}", counts.display()))
            .arg(std::env::current_exe().expect("a path"))
            .args(["--exact", self.test, "--nocapture", "--include-ignored"])
            .env(COUNTING, "1");
        let output = command.output().expect("valgrind runs");
        let said = String::from_utf8_lossy(&output.stdout);
        let counted = std::fs::read_to_string(&counts).unwrap_or_default();
        let _ = std::fs::remove_file(&counts);
        let numbers = |text: &str| -> Vec<u64> {
            text.split_whitespace()
                .filter_map(|word| word.parse().ok())
                .collect()
        };
        let behind = |text: &str, word: &str| -> Vec<Vec<u64>> {
            text.lines()
                .filter_map(|line| line.strip_prefix(word))
                .map(numbers)
                .collect()
        };
        let sums = behind(&counted, "totals: ").concat();
        let inputs = behind(&said, "counted ");
        let both = inputs.iter().zip(sums.iter().filter(|sum| **sum > 0));
        let costs: Vec<Cost> = both
            .filter_map(|(input, &instructions)| match input[..] {
                [input, memory] => Some(Cost {
                    input,
                    instructions,
                    memory,
                }),
                _ => None,
            })
            .collect();
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(
            costs.len() == SIZES.len(),
            "{}: {sums:?} {said}{complained}",
            self.test
        );
        costs
    }
}

/// Does the work, on a small stack, and says how much memory it had at once.
fn memory<R: Send>(work: impl Fn() -> R + Sync) -> usize {
    let mut result = None;
    let mut peak = 0;
    let mut counting = || {
        let before = PeakAlloc.current_usage();
        PeakAlloc.reset_peak_usage();
        counted(&mut || result = Some(work()));
        peak = PeakAlloc.peak_usage() - before;
    };
    on_a_small_stack(&mut counting);
    assert!(peak > 0, "the test declares no PeakAlloc as its global allocator");
    peak
}

/// Does work on a stack that is small, so that it ends the process if it goes as deep as its input says.
///
/// # Panics
/// If the work does.
pub fn on_a_small_stack(work: impl FnOnce() + Send) {
    // Without optimisation each call takes several times as much.
    let stack = if cfg!(debug_assertions) { 8 * STACK } else { STACK };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(stack);
        let thread = thread.spawn_scoped(scope, work).expect("a thread");
        if let Err(panic) = thread.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

/// The most bytes that an input of a fuzz target may take at once, of at most 32 KiB. libFuzzer bounds a single allocation.
const LIVE: usize = 64 << 20;

/// Asks a target, which may not take more than [`LIVE`] bytes at once. It can be seen where [`PeakAlloc`] is the allocator.
///
/// # Panics
/// If the target does, or took more.
pub fn bounded(data: &[u8], check: impl FnOnce(&[u8])) {
    let before = PeakAlloc.current_usage();
    PeakAlloc.reset_peak_usage();
    check(data);
    let live = PeakAlloc.peak_usage().saturating_sub(before);
    assert!(live <= LIVE, "{} bytes took {live}", data.len());
}

/// A target of libFuzzer: the module of this name, and the allocator that counts.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        #[global_allocator]
        static ALLOCATOR: $crate::cost::PeakAlloc = $crate::cost::PeakAlloc;

        libfuzzer_sys::fuzz_target!(|data: &[u8]| $crate::cost::bounded(data, $crate::$name::check));
    };
}

/// What callgrind counts.
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    work();
}
