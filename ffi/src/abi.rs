//! What crosses the border to C: text, structs that begin with their size, and no panic.
//!
//! An exported function is its signature, for cbindgen to read, and its body in `call!`, where the caller's promise stands.

use crate::status::IkewhyStatus;
use std::cell::Cell;
use std::ffi::c_char;
use std::mem::{MaybeUninit, size_of};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

/// Text: UTF-8, not terminated. Its layout is fixed for ever.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct IkewhyText {
    /// First byte; NULL for no text.
    pub data: *const c_char,
    /// Number of bytes.
    pub length: usize,
}

impl IkewhyText {
    /// No text.
    pub const NONE: Self = Self {
        data: std::ptr::null(),
        length: 0,
    };

    /// Borrows `text`.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self {
            data: text.as_ptr().cast(),
            length: text.len(),
        }
    }
}

/// A struct that begins with its size in bytes, as the caller was compiled.
///
/// # Safety
/// `Self` is `repr(C)`, begins with a `usize` that holds that size, is valid when all its bytes are zero, and keeps
/// being so when any number of whole bytes at its end are zero.
pub(crate) unsafe trait Versioned: Copy {
    /// The size of the struct's first version: no caller states less.
    const FIRST: usize;
}

/// Checks a pointer that C gave.
pub(crate) fn usable<T>(pointer: *const T) -> Result<(), IkewhyStatus> {
    match !pointer.is_null() && pointer.is_aligned() {
        true => Ok(()),
        false => Err(IkewhyStatus::BadPointer),
    }
}

/// The size a struct of the caller states.
///
/// # Safety
/// `pointer` is NULL, or points to a live `T` of the caller's version.
pub(crate) unsafe fn stated_size<T: Versioned>(pointer: *const T) -> Result<usize, IkewhyStatus> {
    usable(pointer)?;
    // SAFETY: not NULL and aligned; the struct begins with a usize (contract of Versioned).
    let size = unsafe { pointer.cast::<usize>().read() };
    if size < T::FIRST {
        Err(IkewhyStatus::BadSize)
    } else {
        Ok(size)
    }
}

/// Copies a struct in, whatever version the caller has: what it does not know is zero, what we don't know is left.
///
/// # Safety
/// `pointer` is NULL, or points to as many readable bytes as its first field states.
pub(crate) unsafe fn copy_in<T: Versioned>(pointer: *const T) -> Result<T, IkewhyStatus> {
    // SAFETY: passed on.
    let size = unsafe { stated_size(pointer) }?.min(size_of::<T>());
    let mut value = MaybeUninit::<T>::zeroed();
    // SAFETY: both ranges hold at least `size` bytes and can't overlap: `value` is ours.
    unsafe { std::ptr::copy_nonoverlapping(pointer.cast::<u8>(), value.as_mut_ptr().cast(), size) };
    // SAFETY: zero bytes at the end are valid (contract of Versioned).
    Ok(unsafe { value.assume_init() })
}

/// Copies a struct out, as much of it as the caller knows. The size the caller stated stays as it is.
///
/// # Safety
/// `out` is NULL, or points to as many writable bytes as its first field states.
pub(crate) unsafe fn copy_out<T: Versioned>(value: &T, out: *mut T) -> Result<(), IkewhyStatus> {
    // SAFETY: passed on.
    let stated = unsafe { stated_size(out) }?;
    let size = stated.min(size_of::<T>());
    let (from, to) = (std::ptr::from_ref(value).cast::<u8>(), out.cast::<u8>());
    let skip = size_of::<usize>();
    // SAFETY: FIRST, and so `size`, is at least the size field; both ranges hold `size` bytes; `value` is ours.
    unsafe { std::ptr::copy_nonoverlapping(from.add(skip), to.add(skip), size.saturating_sub(skip)) };
    Ok(())
}

/// Writes a plain value out.
///
/// # Safety
/// `out` is NULL, or points to a writable `T`.
pub(crate) unsafe fn put<T>(value: T, out: *mut T) -> Result<(), IkewhyStatus> {
    usable(out)?;
    // SAFETY: not NULL and aligned, and writable as promised.
    unsafe { out.write(value) };
    Ok(())
}

/// The bytes C speaks of.
///
/// # Safety
/// `data` is NULL, or points to `length` readable values that stay so and unchanged during `'a`.
pub(crate) unsafe fn slice<'a, T>(data: *const T, length: usize) -> Result<&'a [T], IkewhyStatus> {
    if length == 0 {
        return Ok(&[]);
    }
    usable(data)?;
    if length > isize::MAX as usize / size_of::<T>().max(1) {
        return Err(IkewhyStatus::BadValue);
    }
    // SAFETY: not NULL, aligned, not too long, readable as promised.
    Ok(unsafe { std::slice::from_raw_parts(data, length) })
}

/// The text C speaks of.
///
/// # Safety
/// As for [`slice`].
pub(crate) unsafe fn text_in<'a>(text: IkewhyText) -> Result<&'a str, IkewhyStatus> {
    // SAFETY: passed on.
    let bytes = unsafe { slice(text.data.cast::<u8>(), text.length) }?;
    std::str::from_utf8(bytes).map_err(|_| IkewhyStatus::BadText)
}

thread_local! {
    /// How many guards this thread is inside of: the hook below keeps quiet there.
    static GUARDED: Cell<u32> = const { Cell::new(0) };
}

#[cfg(test)]
thread_local! {
    /// The next guarded call of this thread panics: a fault for tests, which nothing that ships knows.
    pub(crate) static STRIKE: Cell<bool> = const { Cell::new(false) };
}

/// What a panic breaks for good.
pub(crate) trait Breakable: Sized {
    /// Runs the body of an exported function with it, unless it is broken; a panic breaks it.
    ///
    /// # Safety
    /// `this` is NULL, or points to a live one that nobody else uses meanwhile.
    unsafe fn with(this: *mut Self, body: impl FnOnce(&mut Self) -> Result<(), IkewhyStatus>)
    -> IkewhyStatus;
}

/// The body of an exported function: behind the panic guard, and with the one thing that all of them rely on, the caller's promise.
/// `call!({ .. })` stands alone. `call!(session, { .. })` has a session that is whole, which a panic breaks;
/// `call!(&session, { .. })` one that is only read, broken or not.
macro_rules! call {
    ({ $($body:tt)* }) => {
        // SAFETY: the caller keeps to the header's conventions (cbindgen.toml): each pointer is NULL or points to what its type says,
        // which stays alive and, but for out parameters, unchanged during the call.
        crate::abi::guarded(|| unsafe { $($body)* })
    };
    (&$session:ident, { $($body:tt)* }) => {
        crate::abi::call!({
            crate::abi::usable($session)?;
            let $session = &*$session;
            $($body)*
        })
    };
    ($session:ident, { $($body:tt)* }) => {
        // SAFETY: as above; and a session belongs to one thread at a time.
        unsafe { crate::abi::Breakable::with($session, |$session| { $($body)* }) }
    };
}
pub(crate) use call;

/// Runs the body of an exported function. A panic ends here: it comes back as its message and prints nothing.
pub(crate) fn guard<T>(body: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |info| {
            if GUARDED.get() == 0 {
                before(info);
            }
        }));
    });
    GUARDED.set(GUARDED.get().saturating_add(1));
    let result = catch_unwind(AssertUnwindSafe(|| {
        #[cfg(test)]
        assert!(!STRIKE.take(), "struck on purpose");
        body()
    }));
    GUARDED.set(GUARDED.get().saturating_sub(1));
    result.map_err(|panic| {
        let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default()
    })
}

/// The same for functions without a session: the status is the answer.
pub(crate) fn guarded(body: impl FnOnce() -> Result<(), IkewhyStatus>) -> IkewhyStatus {
    match guard(body) {
        Ok(Ok(())) => IkewhyStatus::Ok,
        Ok(Err(status)) => status,
        Err(_) => IkewhyStatus::Broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    #[repr(C)]
    struct Probe {
        size: usize,
        old: u64,
        new: u64,
    }

    // SAFETY: plain numbers.
    unsafe impl Versioned for Probe {
        const FIRST: usize = 16;
    }

    #[test]
    fn an_older_caller_is_read_and_written_no_further_than_it_knows() {
        let older = Probe {
            size: 16,
            old: 1,
            new: 2,
        };
        // SAFETY: live structs throughout.
        let read = unsafe { copy_in(&older) }.unwrap();
        assert_eq!((read.size, read.old, read.new), (16, 1, 0));
        let mut out = Probe {
            size: 16,
            old: 0,
            new: 7,
        };
        // SAFETY: as above.
        unsafe {
            copy_out(
                &Probe {
                    size: 24,
                    old: 5,
                    new: 6,
                },
                &mut out,
            )
        }
        .unwrap();
        assert_eq!((out.size, out.old, out.new), (16, 5, 7));
    }

    #[test]
    fn a_size_too_small_and_null_are_refused() {
        let small = Probe {
            size: 8,
            old: 1,
            new: 2,
        };
        // SAFETY: live, or NULL.
        let (small, null) = unsafe { (copy_in(&small), copy_in::<Probe>(std::ptr::null())) };
        assert_eq!(small.err(), Some(IkewhyStatus::BadSize));
        assert_eq!(null.err(), Some(IkewhyStatus::BadPointer));
    }

    #[test]
    fn a_panic_comes_back_as_its_message() {
        assert_eq!(guard(|| panic!("a fault")), Err::<(), _>("a fault".into()));
        assert_eq!(guarded(|| panic!("number {}", 1)), IkewhyStatus::Broken);
        assert_eq!(guard(|| 3), Ok(3));
    }
}
