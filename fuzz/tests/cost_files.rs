//! Files that peers are said to have: what reading them and judging by them costs grows as they do, and no faster.

use ikewhy::policy;
use ikewhy_fuzz::cost::{Law, PeakAlloc};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

#[test]
#[cfg_attr(debug_assertions, ignore = "counted in a release build: make cost")]
fn a_line_of_one_word() {
    let law = Law {
        test: "a_line_of_one_word",
        size: 20_000,
        instructions: 1000,
        memory: 50,
    };
    law.holds(
        |size| format!("connections {{ {} }}", "x".repeat(size)),
        String::len,
        |text| policy::read("peer.conf", text, None),
    );
}
