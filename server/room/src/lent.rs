//! A part of the state that is shared until somebody changes it. A decision works on a copy of the whole state and changes little of it: what
//! it leaves alone is not copied.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Reads like a `T`; to write to it is to have a copy of one's own from then on, where anybody else still looks at it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lent<T>(Arc<T>);

impl<T> Lent<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> Deref for Lent<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for Lent<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn given_two_that_share_when_one_is_written_to_then_the_other_is_as_it_was() {
        let kept = Lent::new(vec![1, 2]);
        let mut draft = kept.clone();
        draft.push(3);
        assert_eq!((kept.len(), draft.len()), (2, 3));
    }

    #[test]
    fn given_one_alone_when_it_is_written_to_then_nothing_is_copied() {
        let mut alone = Lent::new(vec![1, 2, 3]);
        let before = alone.as_ptr();
        alone[0] = 7;
        assert_eq!(alone.as_ptr(), before);
        assert_eq!(*alone, [7, 2, 3]);
    }
}
