//! Where a machine says what it does: in a list, or straight in the words of the site that it belongs to.

/// Takes what a machine says, in the order in which it is said.
pub trait Outputs<T> {
    /// The machine does this.
    fn push(&mut self, output: T);

    /// It does these, one after the other.
    fn push_all(&mut self, outputs: impl IntoIterator<Item = T>) {
        outputs.into_iter().for_each(|output| self.push(output));
    }
}

impl<T> Outputs<T> for Vec<T> {
    #[inline]
    fn push(&mut self, output: T) {
        Self::push(self, output);
    }
}
