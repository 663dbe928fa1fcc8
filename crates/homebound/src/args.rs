//! How a signal's arguments lie in an event: in place if they fit two words, else in a box that is used again.

use std::any::Any;
use std::time::Duration;

use crate::event_queue::{Carrier, Spare, Unused};

/// Two words of arguments in place. A pair, not an array: a pair is handed on in registers.
pub(crate) type Words = (u64, u64);

/// The arguments of an emission as one connection is given them: lent, with others to come, or for good.
pub(crate) trait Given<A> {
    fn look(&self) -> &A;
    /// Makes them the connection's own: a clone of what was lent.
    fn own(self) -> A;
}

impl<A: Clone> Given<A> for &A {
    #[inline]
    fn look(&self) -> &A {
        self
    }

    #[inline]
    fn own(self) -> A {
        self.clone()
    }
}

/// Arguments for the last connection of an emission: nobody comes after it.
pub(crate) struct ForGood<A>(pub(crate) A);

impl<A> Given<A> for ForGood<A> {
    #[inline]
    fn look(&self) -> &A {
        &self.0
    }

    #[inline]
    fn own(self) -> A {
        self.0
    }
}

/// Puts `args` into two words, or gives them back.
///
/// Which types fit is known when the program is compiled, so that each instance of this function is one store or nothing.
#[inline]
pub(crate) fn pack<A: Any>(args: A) -> Result<Words, A> {
    let mut args = Some(args);
    let any: &mut dyn Any = &mut args;
    macro_rules! try_each {
        ($($type:ty => |$value:ident| $words:expr;)*) => {
            $(if let Some($value) = any.downcast_mut::<Option<$type>>().and_then(Option::take) {
                return Ok($words);
            })*
        };
    }
    try_each! {
        () => |_unit| (0, 0);
        u64 => |v| (v, 0);
        i64 => |v| (v.cast_unsigned(), 0);
        usize => |v| (v as u64, 0);
        isize => |v| ((v as i64).cast_unsigned(), 0);
        u32 => |v| (u64::from(v), 0);
        i32 => |v| (u64::from(v.cast_unsigned()), 0);
        u16 => |v| (u64::from(v), 0);
        i16 => |v| (u64::from(v.cast_unsigned()), 0);
        u8 => |v| (u64::from(v), 0);
        i8 => |v| (u64::from(v.cast_unsigned()), 0);
        bool => |v| (u64::from(v), 0);
        char => |v| (u64::from(u32::from(v)), 0);
        f64 => |v| (v.to_bits(), 0);
        f32 => |v| (u64::from(v.to_bits()), 0);
        (u64, u64) => |v| (v.0, v.1);
        (usize, usize) => |v| (v.0 as u64, v.1 as u64);
        (i64, i64) => |v| (v.0.cast_unsigned(), v.1.cast_unsigned());
        (u32, u32) => |v| (u64::from(v.0), u64::from(v.1));
        (i32, i32) => |v| (u64::from(v.0.cast_unsigned()), u64::from(v.1.cast_unsigned()));
        (f64, f64) => |v| (v.0.to_bits(), v.1.to_bits());
        (f32, f32) => |v| (u64::from(v.0.to_bits()), u64::from(v.1.to_bits()));
        Duration => |v| (v.as_secs(), u64::from(v.subsec_nanos()));
    }
    Err(args.expect("no type matched, so nothing was taken"))
}

/// The inverse of [`pack`] for the same type; `None` for a type that does not lie in words.
#[inline]
pub(crate) fn unpack<A: Any>(words: Words) -> Option<A> {
    let mut args: Option<A> = None;
    let any: &mut dyn Any = &mut args;
    macro_rules! try_each {
        ($($type:ty => $value:expr;)*) => {
            $(if let Some(place) = any.downcast_mut::<Option<$type>>() {
                *place = Some($value);
                return args;
            })*
        };
    }
    let (a, b) = words;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "each was widened from its own type by `pack`"
    )]
    {
        try_each! {
            () => ();
            u64 => a;
            i64 => a.cast_signed();
            usize => a as usize;
            isize => a.cast_signed() as isize;
            u32 => a as u32;
            i32 => (a as u32).cast_signed();
            u16 => a as u16;
            i16 => (a as u16).cast_signed();
            u8 => a as u8;
            i8 => (a as u8).cast_signed();
            bool => a != 0;
            char => char::from_u32(a as u32).unwrap_or(char::REPLACEMENT_CHARACTER);
            f64 => f64::from_bits(a);
            f32 => f32::from_bits(a as u32);
            (u64, u64) => (a, b);
            (usize, usize) => (a as usize, b as usize);
            (i64, i64) => (a.cast_signed(), b.cast_signed());
            (u32, u32) => (a as u32, b as u32);
            (i32, i32) => ((a as u32).cast_signed(), (b as u32).cast_signed());
            (f64, f64) => (f64::from_bits(a), f64::from_bits(b));
            (f32, f32) => (f32::from_bits(a as u32), f32::from_bits(b as u32));
            Duration => Duration::new(a, b as u32);
        }
    }
    None
}

/// Arguments in a box that can be emptied and filled again.
pub(crate) struct ArgsBox<A>(pub(crate) Option<A>);

impl<A: Send + 'static> Carrier for ArgsBox<A> {}

/// Puts arguments into an emptied box of their type if there is one, else into a new one.
pub(crate) fn boxed<A: Send + 'static>(args: A, spare: &mut Spare) -> (Box<ArgsBox<A>>, Unused) {
    match spare.take::<ArgsBox<A>>() {
        Ok(mut place) => {
            // What was there is empty: nothing of the user's is dropped here.
            place.0 = Some(args);
            (place, None)
        }
        Err(unused) => (Box::new(ArgsBox(Some(args))), unused),
    }
}
