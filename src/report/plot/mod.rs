//! Figures.
pub mod axis;
pub mod draw;
pub mod error;
pub mod figure;
pub mod font;
mod marker;

#[cfg(test)]
mod tests;
